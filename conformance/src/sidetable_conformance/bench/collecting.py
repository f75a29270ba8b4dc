"""Collections that look only at what a run has made."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

FROZEN_AT_START: Final = 1_000
"""More than an interpreter freezes itself (CPython 3.12 some hundreds), less than anybody else."""


@contextmanager
def quick_collections() -> Generator[None]:
    """Leaves what is there already out of the collections, which are most of the time of a run.

    Garbage that is there already is left for later too.
    """
    # What somebody else froze is not ours to thaw, and some interpreters can not freeze.
    freezing = hasattr(gc, "freeze") and gc.get_freeze_count() < FROZEN_AT_START
    if freezing:
        gc.freeze()
    try:
        yield
    finally:
        if freezing:
            gc.unfreeze()
