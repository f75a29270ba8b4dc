"""What a table owns, apart from its methods.

The parts of a table that outlive a call, such as entry functions and frames, hold the state and
not the table, so that nothing here refers back to whoever uses it. All that stands for objects of
one process refuses to be copied as the state does: see `StaysHere`.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NoReturn, cast, final

from sidetable_source.errors import type_name

from .at_once import at_once
from .registrations import Registrations
from .tails import Tail, is_open, publishing, settle
from .variables import POOL, Anchor, Variable, is_anchor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .editions import Edition
    from .references import Reference
    from .tails import Binding


class StaysHere:
    """Stands for objects of this process, so that a copy would stand for nothing."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        msg = (
            f"a {type_name(self)} can not be copied or pickled: it stands for the objects of one "
            "process; copy or pickle the sources instead, and register again"
        )
        raise TypeError(msg)


@final
class TableState(StaysHere):
    """One table's registrations, and its place in every context."""

    __slots__ = (
        "_lease",
        "anchor",
        "edition",
        "entry_numbers",
        "name",
        "registrations",
        "tail",
        "variable",
    )

    def __init__(self, name: str, edition: Edition) -> None:
        self.name: str = name
        self.edition: Edition = edition
        self.tail: Tail = []
        self._lease: Anchor
        self.anchor: Anchor
        self.variable: Variable
        self._lease, self.anchor, self.variable = POOL.lease(self.tail)
        self.registrations: Registrations = Registrations()
        self.entry_numbers: count[int] = count(1)

    @property
    def binding(self) -> Binding | Registrations | None:
        """What is bound in the current context: a binding, the trace-time one, or nothing."""
        return self.meaning_of(self.variable.get(None))

    def meaning_of(self, value: object) -> Binding | Registrations | None:
        """Returns the binding that a value of the variable stands for.

        The proxy of registrations that a reset has ended stands for nothing.
        """
        registrations = self.registrations
        if value is registrations.proxy:
            return registrations
        return cast("Binding", value) if type(value) is tuple else None

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
        elif binding is None:
            POOL.sweep(anchor_of)
        return self.tail

    def bind(self, references: Iterable[Reference]) -> None:
        """Makes the references the current context's binding, in one step."""
        found = self.binding
        if isinstance(found, tuple) and found[-1] is not self.tail:
            found = self.settled()
        tail = self.tail_over(found)
        binding = (*references, self.anchor, tail)
        if tail is self.tail:
            self.variable.set(binding)
        else:
            steps = publishing(self.variable, binding)
            at_once(*steps, last=partial(self.variable.set, binding))


def anchor_of(value: object) -> Anchor | None:
    """Returns the anchor of a binding, or None for what is no binding."""
    if type(value) is not tuple:
        return None
    places = cast("tuple[object, ...]", value)
    return cast("Anchor", places[-2]) if len(places) > 1 and is_anchor(places[-2]) else None
