"""Context variables, used again when nothing refers to their old values.

A context never forgets a variable that was set in it, so a variable for each table would be a
leak that grows with the number of tables. A variable goes round instead:

* *leased*: its table is alive;
* *retired*: its table is gone, but some context may still hold one of its bindings;
* *free*: no binding is left anywhere, and the next table may have it.

The last step needs no search. A table and all its bindings refer to its `Anchor`, so the anchor
dies when the last of them does, wherever that was. And because a variable is free only then, a
table can never find what an earlier table bound, and no lookup has to check for it.
"""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar, copy_context
from itertools import count
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Callable

Variable: TypeAlias = ContextVar[object]


@final
class VariablePool:
    """The variables of one process, leased to tables.

    Each step is one operation of a built-in container, so threads and finalizers need no lock.
    Numbers are never used twice.
    """

    __slots__ = ("_free", "_leased", "_numbers", "_retired")

    def __init__(self) -> None:
        self._numbers = count(1)
        self._free: deque[Variable] = deque()
        self._leased: dict[int, Variable] = {}
        self._retired: set[int] = set()

    def lease(self) -> tuple[Lease, Anchor, Variable]:
        """Returns a variable whose value is None in every context that has one.

        Returns:
            What the table holds, what the table and its bindings hold, and the variable.
        """
        try:
            variable = self._free.pop()
        except IndexError:
            variable = ContextVar("sidetable_binding")
        number = next(self._numbers)
        self._leased[number] = variable
        return Lease(number), Anchor(number), variable

    def retire(self, number: int) -> None:
        """Notes that the table of a lease is gone."""
        self._retired.add(int(number))
        if number not in self._leased:
            self._retired.discard(number)

    def free(self, number: int) -> None:
        """Takes back the variable of a lease that no binding refers to."""
        variable = self._leased.pop(number)
        self._retired.discard(number)
        self._free.append(variable)

    def sweep(self, anchor_of: Callable[[object], int | None]) -> None:
        """Lets go of what tables that are gone have left in the current context.

        Called when a context binds a table for the first time: only then does a context grow,
        so what the dead leave in it stays below the most tables that were alive at once.

        Args:
            anchor_of: Returns the number that a binding is anchored to, None for other values.
        """
        if self._retired:
            for variable, value in copy_context().items():
                if anchor_of(value) in self._retired:
                    variable.set(None)


# The one mutable object of a module here: contexts belong to the process, and what tables leave
# in them outlives the tables, so no table can own it.
POOL: Final = VariablePool()


@final
class Anchor(int):
    """The number of a lease, alive for as long as a table or a binding of the table's is.

    An `int` because the collector does not track those. It finalizes all that is in a cycle
    before it clears any of it, and a finalizer may still bind something. What it does not track
    goes when its last reference does, which is after it can not come back.
    """

    __slots__ = ()

    # By way of the class: at exit, a module's globals are gone before its objects.
    _pool: ClassVar[VariablePool] = POOL

    def __del__(self) -> None:
        self._pool.free(self)


@final
class Lease(int):
    """The number of a lease, alive for as long as its table; an `int` for the same reason."""

    __slots__ = ()

    # By way of the class: at exit, a module's globals are gone before its objects.
    _pool: ClassVar[VariablePool] = POOL

    def __del__(self) -> None:
        self._pool.retire(self)
