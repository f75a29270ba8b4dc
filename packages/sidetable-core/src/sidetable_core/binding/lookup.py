"""Looking an index up in the current context's binding."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, SupportsIndex, TypeAlias, cast

from sidetable_source import IndexNotRegisteredError, NoBindingError, ObjectNotAliveError

from .references import UNBOUND, HoldReference, Reference

if TYPE_CHECKING:
    from .registrations import Registrations
    from .state import TableState
    from .tails import Binding

Lookup: TypeAlias = Callable[[SupportsIndex], object]

_HERE: Final = "This context's"


def lookup_in(state: TableState) -> Lookup:
    """Returns the function that looks an index up in the table with this state.

    A function that closes over the context variable's own `get`, and not a method: this is the
    table's hottest path, and attribute lookups would be a quarter of it.
    """
    bound = cast("Callable[[], tuple[Reference, ...]]", state.variable.get)

    def get(index: SupportsIndex) -> object:
        """Returns the object that an index means in the current context."""
        try:
            # One read of an immutable value and one dereference: nothing to tear, and an object
            # that dies meanwhile is either found or an error.
            if index >= 0:  # type: ignore[operator]  # what is no number falls through
                value = bound()[index]()  # so does None
                if value is not None:
                    return value
        except (LookupError, TypeError, ReferenceError):
            pass
        return find_in(state, state.binding, operator.index(index))

    get.__module__, get.__qualname__ = "sidetable_core", "SideTable.get"
    return get


def bound_count(binding: Registrations | Binding | None) -> int:
    """Returns how many indices the binding covers, from zero on."""
    if binding is None:
        return 0
    return len(binding) - 2 if isinstance(binding, tuple) else len(binding)


def reference_at(binding: Registrations | Binding | None, index: int) -> Reference:
    """Returns the reference that the binding has for an index, `UNBOUND` where it has none."""
    if binding is None or not 0 <= index < bound_count(binding):
        return UNBOUND
    return cast("Reference", binding[index])


def is_bound(binding: Registrations | Binding | None, index: int) -> bool:
    """Returns whether a binding binds an index, be its object alive or dead."""
    reference = reference_at(binding, index)
    return reference is not UNBOUND and getattr(reference, "refers", True)


def find_in(
    state: TableState, binding: Registrations | Binding | None, index: int, *, whose: str = _HERE
) -> object:
    """Returns what an index means in a binding, or raises what is wrong.

    Args:
        state: The state of the table whose binding it is.
        binding: The binding, None where there is none.
        index: The index.
        whose: Whose binding it is, for people.
    """
    reference = reference_at(binding, index)
    value = reference()
    if value is not None or (isinstance(reference, HoldReference) and reference.hold is not None):
        return value
    registration = state.registrations.at(index)
    if is_bound(binding, index):
        if registration is None:
            raise ObjectNotAliveError(index, state.name)
        raise ObjectNotAliveError(
            index,
            state.name,
            registration.origin_text,
            registration.type_name,
            registration.site,
            registration.kind,
        )
    if registration is not None:
        why = registration.why_vacant
        if not why and binding is not None:
            why = f"{whose} binding has only {bound_count(binding)} objects, from index 0"
        raise NoBindingError(
            state.name, index, registration.origin_text, why, registration.site, registration.kind
        )
    if binding is None:
        raise NoBindingError(state.name, index)
    raise IndexNotRegisteredError(index, state.name, len(state.registrations), bound_count(binding))
