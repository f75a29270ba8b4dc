"""Context variables, used again when nothing refers to their old values.

A context never forgets a variable that was set in it, so a variable for each table would be a
leak that grows with the number of tables. A variable goes round instead:

* *leased*: its table is alive;
* *retired*: its table is gone, but some context may still hold one of its bindings;
* *free*: no binding is left anywhere, and the next table may have it.

The last step needs no search. Every binding refers to its table's `Anchor`, so the anchor dies
when the last binding does, wherever that was. And because a variable is free only then, a table
can never find what an earlier table bound, and no lookup has to check for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextvars import ContextVar, copy_context
from typing import Final, TypeAlias, final

from .references import Reference

Variable: TypeAlias = ContextVar[Sequence[Reference] | None]


@final
class Anchor:
    """Keeps one variable from being leased again; a table and all its bindings refer to it."""

    __slots__ = ("_pool", "variable")

    def __init__(self, pool: VariablePool, variable: Variable) -> None:
        self._pool = pool
        self.variable: Final = variable

    def __del__(self) -> None:
        self._pool.free(self.variable)


@final
class VariablePool:
    """The variables of one process, leased to tables.

    Each step is one operation of a built-in container, so threads and finalizers need no lock.
    """

    __slots__ = ("_free", "_retired")

    def __init__(self) -> None:
        self._free: deque[Variable] = deque()
        self._retired: set[ContextVar[object]] = set()

    def lease(self) -> Anchor:
        """Return the anchor of a variable that has a value in no context but None."""
        try:
            variable = self._free.pop()
        except IndexError:
            variable = ContextVar("sidetable_binding")
        return Anchor(self, variable)

    def retire(self, variable: Variable) -> None:
        """Note that the variable's table is gone."""
        self._retired.add(variable)  # type: ignore[arg-type]  # only compared, never read

    def free(self, variable: Variable) -> None:
        """Take back a variable that no binding refers to."""
        self._retired.discard(variable)
        self._free.append(variable)

    def sweep(self) -> None:
        """Let go of what the tables that are gone have left in the current context.

        Called when a context binds a table for the first time: only then does a context grow,
        so what the dead leave in it stays below the most tables that were alive at once.
        """
        if self._retired:
            for variable, value in copy_context().items():
                if value is not None and variable in self._retired:
                    variable.set(None)


# The one mutable object of a module here: contexts belong to the process, and what tables leave
# in them outlives the tables, so no table can own it.
POOL: Final = VariablePool()
