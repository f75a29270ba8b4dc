"""Changing what one index means in the current context."""

from __future__ import annotations

from contextvars import Token
from itertools import repeat
from typing import TYPE_CHECKING

from .references import UNBOUND
from .registrations import Registrations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .references import Reference
    from .state import TableState
    from .tails import Binding


def with_reference(
    state: TableState, base: Binding | Registrations | None, index: int, reference: Reference
) -> Binding:
    """Returns a binding that differs from `base` in one index.

    Takes time and memory proportional to the number of indices.
    """
    references: Sequence[Reference]
    if base is None:
        references = ()
    elif isinstance(base, Registrations):
        references = tuple(registration.plain() for registration in tuple(base))
    else:
        references = base[:-2]
    gap = repeat(UNBOUND, index - len(references))
    changed: list[Reference] = [*references[:index], *gap, reference, *references[index + 1 :]]
    return (*changed, state.anchor, state.tail_over(base))


def exchange(state: TableState, found: object, changed: object) -> bool:
    """Binds `changed` in the current context, if what is bound there is still `found`.

    A finalizer can bind something at any time. What it bound is put back, and the caller begins
    again from there, so that neither of the two is lost.

    Returns:
        Whether `changed` is bound now.
    """
    before = value_before(state.variable.set(changed))
    if before is found:
        return True
    state.variable.set(before)
    return False


def value_before(token: Token[object]) -> object:
    """Returns what was bound before a token's binding, None for nothing."""
    return None if token.old_value is Token.MISSING else token.old_value


def bind_one(state: TableState, index: int, reference: Reference) -> None:
    """Binds one index in the current context, on top of whatever is bound there."""
    found = state.settled()
    while not exchange(state, found, with_reference(state, found, index, reference)):
        found = state.settled()
