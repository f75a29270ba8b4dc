"""Replacing the whole binding of the current context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias
from weakref import ref

from sidetable_source import NotWeakReferenceableError
from sidetable_source.errors import type_name

if TYPE_CHECKING:
    from .state import TableState

Store: TypeAlias = Callable[..., None]


def store_in(state: TableState) -> Store:
    """Returns the function that stores objects in the table with this state."""

    def store(*objects: object) -> None:
        """Makes these objects, and no others, what the indices mean in the current context."""
        try:
            state.bind(map(ref, objects))
        except TypeError as error:
            if state.edition.failure_clears_binding:
                state.bind(())
            raise not_weak_referenceable(state, objects, "store") from error

    store.__module__, store.__qualname__ = "sidetable_core", "SideTable.store"
    return store


def not_weak_referenceable(
    state: TableState, objects: Sequence[object], operation: str
) -> NotWeakReferenceableError:
    """Returns the error that names the first object that can not be weakly referenced."""
    index, value = next(pair for pair in enumerate(objects) if not _is_referenceable(pair[1]))
    return NotWeakReferenceableError(type_name(value), state.name, index, operation)


def _is_referenceable(value: object) -> bool:
    try:
        ref(value)
    except TypeError:
        return False
    return True
