"""Putting another object in at one index."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from weakref import ref

from sidetable_core.binding.lookup import bound_count, is_bound
from sidetable_core.binding.rebinding import rebind
from sidetable_core.binding.references import put_in
from sidetable_core.binding.registrations import HeldByFrames
from sidetable_source import IndexNotRegisteredError, NotWeakReferenceableError
from sidetable_source.errors import type_name

if TYPE_CHECKING:
    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.state import TableState


def set_at(state: TableState, index: int, value: object) -> None:
    """Binds one index to an object and owns the object; see `SideTable.set`."""
    while True:
        found = state.settled()
        registration = state.registrations.at(index)
        if registration is None and not is_bound(found, index):
            registered, bound = len(state.registrations), bound_count(found)
            raise IndexNotRegisteredError(index, state.name, registered, bound)
        if state.edition.set_keeps_until_reset:
            keep = partial(state.registrations.kept.append, value)
            done = rebind(state, found, index, _weak(state, index, value), keep)
        else:
            if not isinstance(registration, HeldByFrames):
                _weak(state, index, value)
            done = rebind(state, found, index, put_in(value, state.tail_over(found)))
        if done:
            return


def _weak(state: TableState, index: int, value: object) -> Reference:
    try:
        return ref(value)
    except TypeError as error:
        raise NotWeakReferenceableError(type_name(value), state.name, index, "set") from error
