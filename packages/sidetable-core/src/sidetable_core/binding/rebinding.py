"""Changing what one index means in the current context."""

from __future__ import annotations

from contextvars import Token
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING

from .at_once import at_once
from .lookup import bound_count
from .references import UNBOUND
from .registrations import Registrations
from .tails import publishing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .references import Reference
    from .state import TableState
    from .tails import Binding


def references_of(base: Binding | Registrations | None) -> Sequence[Reference]:
    """Returns the references that a binding is made of, holding nothing else of it."""
    if base is None:
        return ()
    if isinstance(base, Registrations):
        return tuple(registration.plain() for registration in tuple(base))
    return base[:-2]


def with_reference(
    state: TableState, base: Binding | Registrations | None, index: int, reference: Reference
) -> Binding:
    """Returns a binding that differs from `base` in one index.

    Takes time and memory proportional to the number of indices.
    """
    references = references_of(base)
    gap = repeat(UNBOUND, index - len(references))
    changed: list[Reference] = [*references[:index], *gap, reference, *references[index + 1 :]]
    return (*changed, state.anchor, state.tail_over(base))


def value_before(token: Token[object]) -> object:
    """Returns the value that the variable had before, None for none."""
    return None if token.old_value is Token.MISSING else token.old_value


def rebind(
    state: TableState,
    found: Binding | Registrations | None,
    index: int,
    reference: Reference,
    *steps: Callable[[], object],
) -> bool:
    """Binds one index in the current context, on top of `found`, if that is still bound.

    A finalizer can bind or register something at any time. What it did is put back, and the
    caller begins again from there, so that neither of the two is lost.

    Args:
        state: The table's state.
        found: What is bound in the current context.
        index: The index.
        reference: What to bind it to.
        steps: What to do at once with it; for `at_once`.

    Returns:
        Whether it is done.
    """
    count = bound_count(found)
    changed = with_reference(state, found, index, reference)
    steps += publishing(state.variable, changed)
    token = at_once(*steps, last=partial(state.variable.set, changed))
    before = value_before(token)
    if state.meaning_of(before) is found and bound_count(found) == count:
        return True
    put_back(state, before, over=changed)
    return False


def put_back(state: TableState, value: object, *, over: object) -> None:
    """Binds what was bound before, unless a finalizer has bound something else since.

    Args:
        state: The table's state.
        value: What was bound before, as the variable had it.
        over: What is bound now, unless a finalizer came.
    """
    while (replaced := value_before(state.variable.set(value))) is not over:
        value, over = replaced, value
    for publish in publishing(state.variable, state.variable.get(None)):
        publish()
