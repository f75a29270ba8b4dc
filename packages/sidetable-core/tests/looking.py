"""What frames hold and bind, seen from outside."""

from __future__ import annotations

import gc


class Thing:
    """An object that can be weakly referenced."""


def is_dead(reference):
    """Whether the object is gone after a collection."""
    gc.collect()
    return reference() is None


def is_lost(table, index=0):
    """Whether an index finds nothing."""
    try:
        table.get(index)
    except (LookupError, ReferenceError):
        return True
    return False
