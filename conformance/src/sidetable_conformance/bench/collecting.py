"""Collections that look only at what a run has made."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def quick_collections() -> Generator[None]:
    """Leaves what is there already out of the collections, which are most of the time of a run.

    Garbage that is there already is left for later too.
    """
    # What somebody else froze is not ours to thaw, and some interpreters can not freeze.
    freezing = hasattr(gc, "freeze") and gc.get_freeze_count() == 0
    if freezing:
        gc.freeze()
    try:
        yield
    finally:
        if freezing:
            gc.unfreeze()
