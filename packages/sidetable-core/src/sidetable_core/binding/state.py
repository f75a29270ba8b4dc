"""What a table owns, apart from its methods.

The parts of a table that outlive a call, such as entry functions and frames, hold the state and
not the table, so that nothing here refers back to whoever uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from .registrations import Registrations
from .tails import EntryTail, Tail
from .variables import POOL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .editions import Edition
    from .references import Reference
    from .tails import Binding


@final
class TableState:
    """One table's registrations, and its place in every context."""

    __slots__ = ("anchor", "edition", "entry_tail", "name", "registrations", "tail", "variable")

    def __init__(self, name: str, edition: Edition) -> None:
        self.name = name
        self.edition = edition
        self.anchor = POOL.lease()
        self.variable = self.anchor.variable
        self.registrations = Registrations(self.anchor)
        self.tail = Tail(self.anchor)
        self.entry_tail = EntryTail(self.anchor)

    def __del__(self) -> None:
        POOL.retire(self.variable)
        self.registrations.end()

    @property
    def binding(self) -> Binding | Registrations | None:
        """What is bound in the current context: a binding, the trace-time one, or nothing."""
        return self.variable.get(None)  # type: ignore[return-value]  # all that is ever set

    def bind(self, references: Iterable[Reference]) -> None:
        """Make the references the current context's binding, in one step.

        The frame whose binding it replaces, if there is one, stays the binding's frame.
        """
        found = self.binding
        if isinstance(found, tuple):
            tail = found[-1]
        else:
            tail = self.tail
            POOL.sweep()
        self.variable.set((*references, tail))
