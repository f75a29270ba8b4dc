"""Changing what one index means in the current context."""

from __future__ import annotations

from contextvars import Token
from itertools import repeat
from typing import TYPE_CHECKING

from .lookup import reference_at
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
    """Return a binding that differs from `base` in one index.

    Takes time and memory proportional to the number of indices.
    """
    references: Sequence[Reference]
    tail = state.tail
    if base is None:
        references = ()
    elif isinstance(base, Registrations):
        references = tuple(registration.plain() for registration in tuple(base))
    else:
        references, tail = base[:-1], base[-1]
    gap = repeat(UNBOUND, index - len(references))
    changed: list[Reference] = [*references[:index], *gap, reference, *references[index + 1 :]]
    return (*changed, tail)


def bind_over(
    state: TableState,
    base: Binding | Registrations | None,
    index: int,
    reference: Reference,
    *,
    expected: Binding | Registrations | None,
) -> None:
    """Bind one index on top of `base`, and of whatever a finalizer binds meanwhile.

    Args:
        state: The table's state.
        base: The binding to change.
        index: The index to bind.
        reference: What to bind it to.
        expected: The binding that the current context has now.
    """
    while True:
        changed = with_reference(state, base, index, reference)
        found = state.variable.set(changed).old_value
        if found is expected or (expected is None and found is Token.MISSING):
            return
        base, expected = found, changed


def is_bound(binding: Binding | Registrations | None, index: int) -> bool:
    """Return whether a binding binds an index, be its object alive or dead."""
    if binding is None:
        return False
    reference = reference_at(binding, index)
    return reference is not UNBOUND and getattr(reference, "refers", True)
