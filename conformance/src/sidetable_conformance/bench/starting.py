"""Threads are started here, where they can be."""

from __future__ import annotations

import threading

from sidetable_conformance.errors import NotTestable


def start(thread: threading.Thread) -> None:
    """Starts a thread.

    Raises:
        NotTestable: If none can be started, as in a browser.

    Example:
        >>> said = []
        >>> thread = threading.Thread(target=said.append, args=("here",))
        >>> start(thread)
        >>> thread.join()
        >>> said
        ['here']
    """
    try:
        thread.start()
    except RuntimeError as error:
        raise NotTestable(f"it needs a thread: {error}") from error
