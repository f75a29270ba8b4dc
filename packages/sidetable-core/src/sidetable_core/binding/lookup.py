"""Looking an index up in the current context's binding."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias

from sidetable_source import IndexNotRegisteredError, NoBindingError, ObjectNotAliveError

from .references import UNBOUND, HoldReference, Reference, SetReference

if TYPE_CHECKING:
    from .registrations import Registrations
    from .state import TableState
    from .tails import Binding

Lookup: TypeAlias = Callable[[SupportsIndex], object]


def lookup_in(state: TableState) -> Lookup:
    """Return the function that looks an index up in the table with this state.

    A function that closes over the context variable's own `get`, and not a method: this is the
    table's hottest path, and attribute lookups would be a quarter of it.
    """
    bound = state.variable.get

    def get(index: SupportsIndex, /) -> object:
        """Return the object that an index means in the current context."""
        try:
            # One read of an immutable value and one dereference: nothing to tear, and an object
            # that dies meanwhile is either found or an error.
            if index >= 0:  # type: ignore[operator]  # what is no number falls through
                value = bound()[index]()  # type: ignore[call-overload, index]  # so does None
                if value is not None:
                    return value
        except (LookupError, TypeError):
            pass
        return _find_or_raise(state, operator.index(index))

    return get


def bound_count(binding: Registrations | Binding) -> int:
    """Return how many indices the binding covers, from zero on."""
    return len(binding) - isinstance(binding, tuple)


def reference_at(binding: Registrations | Binding, index: int) -> Reference:
    """Return the reference that the binding has for an index, `UNBOUND` where it has none."""
    if not 0 <= index < bound_count(binding):
        return UNBOUND
    try:
        return binding[index]
    except IndexError:
        # The trace-time list, emptied by a reset in another thread since it was measured.
        return UNBOUND


def _find_or_raise(state: TableState, index: int) -> object:
    """Return what the fast path can not tell from a failure, or raise what is wrong."""
    binding = state.binding
    registration = state.registrations.at(index)
    source = None if registration is None else registration.origin_text
    if binding is None:
        raise NoBindingError(state.name, index, source)
    reference = reference_at(binding, index)
    value = reference()
    if value is not None:
        return value
    if isinstance(reference, HoldReference | SetReference):
        if reference.alive:
            return None
    elif registration is not None and not registration.refers:
        raise NoBindingError(state.name, index, source, registration.why_vacant)
    elif reference is UNBOUND:
        registered, bound = len(state.registrations), bound_count(binding)
        raise IndexNotRegisteredError(index, state.name, registered, bound)
    if registration is None:
        raise ObjectNotAliveError(index, state.name)
    raise ObjectNotAliveError(index, state.name, source, registration.type_name, registration.site)
