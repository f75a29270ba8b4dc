"""Collections that look only at what a run has made."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def quick_collections() -> Generator[None]:
    """Leaves what is there already out of the collections, which are most of the time of a run."""
    freezing = gc.get_freeze_count() == 0  # what somebody else froze is not ours to thaw
    if freezing:
        gc.collect()
        gc.freeze()
    try:
        yield
    finally:
        if freezing:
            gc.unfreeze()
