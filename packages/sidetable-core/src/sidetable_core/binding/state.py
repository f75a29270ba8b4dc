"""What a table owns, apart from its methods.

The parts of a table that outlive a call, such as entry functions and frames, hold the state and
not the table, so that nothing here refers back to whoever uses it.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, final

from .registrations import Registrations
from .staying import StaysHere
from .tails import Tail, is_open, settle
from .variables import POOL, Anchor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .editions import Edition
    from .references import Reference
    from .tails import Binding


@final
class TableState(StaysHere):
    """One table's registrations, and its place in every context."""

    __slots__ = (
        "anchor",
        "edition",
        "entry_numbers",
        "lease",
        "name",
        "registrations",
        "tail",
        "variable",
    )

    def __init__(self, name: str, edition: Edition) -> None:
        self.name = name
        self.edition = edition
        self.lease, self.anchor, self.variable = POOL.lease()
        self.registrations = Registrations(self.anchor)
        self.tail: Tail = []
        self.entry_numbers = count(1)

    def __del__(self) -> None:
        # Contexts may refer to both. There is neither if an interrupt came while it was made.
        with suppress(AttributeError):
            self.registrations.end()
            self.tail.clear()

    @property
    def binding(self) -> Binding | Registrations | None:
        """What is bound in the current context: a binding, the trace-time one, or nothing."""
        return self.variable.get(None)  # type: ignore[return-value]  # all that is ever set

    def settled(self) -> Binding | Registrations | None:
        """Returns the binding, after taking off what frames that are no longer open left."""
        settle(self.variable)
        return self.binding

    def tail_over(self, binding: Binding | Registrations | None) -> Tail:
        """Returns the tail of a binding that replaces another one.

        The frame whose binding it was, if it is still open, stays the binding's frame.
        """
        if isinstance(binding, tuple):
            if is_open(binding[-1]):
                return binding[-1]
        elif binding is not self.registrations:
            POOL.sweep(anchor_of)
        return self.tail

    def bind(self, references: Iterable[Reference]) -> None:
        """Makes the references the current context's binding, in one step."""
        found = self.binding
        if isinstance(found, tuple) and found[-1] is not self.tail:
            found = self.settled()
        self.variable.set((*references, self.anchor, self.tail_over(found)))


def anchor_of(value: object) -> int | None:
    """Returns the number that a binding is anchored to, or None for what is no binding."""
    if type(value) is Registrations:
        return value.anchor
    if type(value) is tuple and len(value) > 1 and type(value[-2]) is Anchor:
        return value[-2]
    return None
