"""Greenlets that take turns in one thread; needs the package greenlet, the extra `greenlets`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, TypeVar

from sidetable_conformance.errors import NotTestable

from .elsewhere import Meet

_T = TypeVar("_T")


def in_greenlets(bodies: Iterable[Callable[[Meet], _T]]) -> list[_T]:
    """Runs functions in greenlets of this thread, which take turns.

    Args:
        bodies: Each is called with what lets it wait for the others.

    Returns:
        What each has returned, in their order.

    Raises:
        NotTestable: If the package greenlet is not installed.

    Example:
        >>> from functools import partial
        >>> said = []
        >>> def body(word, meet):
        ...     said.append(word)
        ...     meet()
        ...     said.append(word.upper())
        >>> in_greenlets([partial(body, "a"), partial(body, "b")])
        [None, None]
        >>> said
        ['a', 'b', 'A', 'B']
    """
    package = _package()
    meet = package.getcurrent().switch
    running = [package.greenlet(body) for body in bodies]
    returned: list[Any] = [each.switch(meet) for each in running]
    while not all(each.dead for each in running):
        for number, each in enumerate(running):
            if not each.dead:
                returned[number] = each.switch()
    return returned


def _package() -> Any:  # it has no types
    # Nothing else of the kit needs it, and importing it changes how threads end.
    try:
        return import_module("greenlet")
    except ImportError:
        raise NotTestable(
            "it needs greenlet: pip install 'sidetable-conformance[greenlets]'"
        ) from None
