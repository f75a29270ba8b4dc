"""Adding a registration to a table, and binding it where it was made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sidetable_core.binding.at_once import at_once
from sidetable_core.binding.rebinding import bind_over, is_bound, with_reference
from sidetable_core.binding.variables import POOL
from sidetable_source import FrameError

if TYPE_CHECKING:
    from sidetable_core.binding.registrations import Registration, Registrations
    from sidetable_core.binding.state import TableState
    from sidetable_core.binding.tails import Binding


def register(state: TableState, registration: Registration, *kept: object) -> int:
    """Append a registration, bind it in the current context, and return its index.

    Takes constant time, amortised, where this context has bound nothing since it registered
    first, and time proportional to the size of the binding where it has.

    Args:
        state: The table's state.
        registration: The registration, complete.
        kept: What the table has to keep alive until reset.

    Raises:
        FrameError: If a frame that is open here has bound that index already.
    """
    while True:
        registrations = state.registrations
        found = state.binding
        if isinstance(found, tuple):
            index = _append_and_bind(state, registrations, found, registration, kept)
        else:
            if found is not registrations:
                POOL.sweep()
                state.variable.set(registrations)
            index = _append(registrations, registration, kept)
        if state.registrations is registrations:
            return index
        # A reset came between, from a finalizer or another thread. What has ended must stay
        # empty, and this registration comes after the reset.
        registrations.end()


def _append(
    registrations: Registrations, registration: Registration, kept: tuple[object, ...]
) -> int:
    index = len(registrations)
    if kept:
        at_once(
            partial(registrations.kept.extend, kept),
            last=partial(registrations.append, registration),
        )
    else:
        registrations.append(registration)
    return _index_of(registrations, registration, index)


def _append_and_bind(
    state: TableState,
    registrations: Registrations,
    found: Binding,
    registration: Registration,
    kept: tuple[object, ...],
) -> int:
    expected = len(registrations)
    if found[-1].framed and is_bound(found, expected):
        raise FrameError(
            f"index {expected} can not be registered here",
            "a frame that is open in this context has bound that index to another object, and "
            "the graph that runs in it would find the new one",
            "register inside a frame of its own: `with table.frame(): ...`",
            state.name,
        )
    reference = registration.plain()
    extended = with_reference(state, found, expected, reference)
    token = at_once(
        partial(registrations.kept.extend, kept),
        partial(registrations.append, registration),
        last=partial(state.variable.set, extended),
    )
    index = _index_of(registrations, registration, expected)
    base = token.old_value
    if base is not found or index != expected:
        # Another thread registered, or a finalizer bound, between the reading and the setting.
        bind_over(state, base, index, reference, expected=extended)
    return index


def _index_of(registrations: Registrations, registration: Registration, expected: int) -> int:
    """Return where a registration was appended, next to those of other threads."""
    try:
        if registrations[expected] is registration:
            return expected
        index = len(registrations) - 1
        while registrations[index] is not registration:
            index -= 1
    except IndexError:
        # Ended by a reset since; the caller finds out.
        return expected
    return index
