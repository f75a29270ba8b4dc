"""Collections that look only at what a run has made."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

FROZEN_AT_START: Final = 1_000
"""More than an interpreter freezes itself (CPython 3.12 some hundreds), less than anybody else."""

_FREEZING: Final[ContextVar[bool | None]] = ContextVar("freezing", default=None)
"""Whether what is frozen is ours. None where nobody asked yet, which means to count the frozen."""


@contextmanager
def quick_collections() -> Generator[None]:
    """Leaves what is there already out of the collections, which are most of the time of a run.

    Garbage that is there already is left for later too. In itself it does nothing more.
    """
    if _FREEZING.get() is not None:
        yield
        return
    # What somebody else froze is not ours to thaw, and some interpreters can not freeze.
    freezing = hasattr(gc, "freeze") and gc.get_freeze_count() < FROZEN_AT_START
    token = _FREEZING.set(freezing)
    leave_out_what_is_there()
    try:
        yield
    finally:
        _FREEZING.reset(token)
        if freezing:
            gc.unfreeze()


def leave_out_what_is_there() -> None:
    """Leaves out what was made since the collections were made quick, too, if they were."""
    if _FREEZING.get():
        gc.freeze()
