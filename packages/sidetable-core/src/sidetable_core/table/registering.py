"""Adding a registration to a table, and binding it where it was made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sidetable_core.binding.at_once import at_once
from sidetable_core.binding.lookup import is_bound
from sidetable_core.binding.rebinding import put_back, rebind, value_before, with_reference
from sidetable_core.binding.state import anchor_of
from sidetable_core.binding.tails import is_open, publishing
from sidetable_core.binding.variables import POOL
from sidetable_source import FrameError

if TYPE_CHECKING:
    from sidetable_core.binding.registrations import Registration, Registrations
    from sidetable_core.binding.state import TableState
    from sidetable_core.binding.tails import Binding


def register(state: TableState, registration: Registration, *kept: object) -> int:
    """Appends a registration, binds it in the current context, and returns its index.

    Takes constant time, amortised, where this context has bound nothing since it registered
    first, and time proportional to the size of the binding where it has.

    Args:
        state: The table's state.
        registration: The registration, complete.
        kept: What the table has to keep alive until reset.

    Raises:
        FrameError: If a frame that is open here has bound that index already.
    """
    registrations = state.registrations
    found = state.settled()
    before: object = None if found is None else state.variable.get(None)
    expected = len(registrations)
    after: object = registrations.proxy
    if isinstance(found, tuple):
        _refuse_bound(state, found, expected)
        after = with_reference(state, found, expected, registration.plain())
    elif found is None:
        POOL.sweep(anchor_of)
    if before is after and not kept:
        registrations.append(registration)
    else:
        token = at_once(
            partial(registrations.kept.extend, kept),
            partial(registrations.append, registration),
            *publishing(state.variable, after),
            last=partial(state.variable.set, after),
        )
        before = value_before(token)
    index = _index_of(registrations, registration, expected)
    # From here on: what to do if another thread or a finalizer came between.
    misplaced = state.meaning_of(before) is not found
    misplaced |= index != expected and isinstance(found, tuple)
    if misplaced and state.variable.get(None) is after:
        put_back(state, before, over=after)
    return _bound_at(state, registrations, registration, index, after)


def registered_at(
    state: TableState, registrations: Registrations, registration: Registration, expected: int
) -> int:
    """Returns the index of a registration that was appended to the binding of this context.

    Args:
        state: The table's state.
        registrations: What it was appended to, and was bound here just before.
        registration: The registration.
        expected: Its index, unless another thread or a finalizer came between.
    """
    index = _index_of(registrations, registration, expected)
    return _bound_at(state, registrations, registration, index, registrations.proxy)


def _bound_at(
    state: TableState,
    registrations: Registrations,
    registration: Registration,
    index: int,
    expected: object,
) -> int:
    """Binds an index here, unless what is expected to bind it still is the variable's value."""
    is_bound_here = state.variable.get(None) is expected
    while not is_bound_here:
        found = state.settled()
        if found is not None:
            is_bound_here = rebind(state, found, index, registration.plain())
        else:
            # After a reset they stand for nothing, and after the end of a frame for all.
            is_bound_here = _bind_registrations(state, registrations)
    return index


def _bind_registrations(state: TableState, registrations: Registrations) -> bool:
    """Binds them where nothing is bound; returns whether nothing was."""
    before = value_before(state.variable.set(registrations.proxy))
    if state.meaning_of(before) is None:
        return True
    put_back(state, before, over=registrations.proxy)
    return False


def _refuse_bound(state: TableState, binding: Binding, index: int) -> None:
    if is_open(binding[-1]) and is_bound(binding, index):
        raise FrameError(
            f"Index {index} can not be registered here",
            "A frame that is open in this context has bound that index to another object, and "
            "the graph that runs in it would find the new one",
            "Register inside a frame of its own: `with table.frame(): ...`",
            state.name,
        )


def _index_of(registrations: Registrations, registration: Registration, expected: int) -> int:
    """Returns where a registration was appended, next to those of other threads."""
    index = expected
    while registrations[index] is not registration:
        index += 1
    return index
