"""Context variables, used again when nothing refers to their old values.

A context never forgets a variable that was set in it, so a variable for each table would be a
leak that grows with the number of tables. A variable goes round instead:

* *leased*: its table is alive;
* *retired*: its table is gone, but some context may still hold one of its bindings;
* *free*: no binding is left anywhere, and the next table may have it.

The last step needs no search. A table and all its bindings refer to its anchor, so the anchor
dies when the last of them does, wherever that was. And because a variable is free only then, a
table can never find what an earlier table bound, and no lookup has to check for it.
"""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar, copy_context
from itertools import count
from types import CodeType
from typing import TYPE_CHECKING, Final, TypeAlias, final
from weakref import KeyedRef

if TYPE_CHECKING:
    from collections.abc import Callable

Variable: TypeAlias = ContextVar[object]

# Of all that can be weakly referenced, code objects alone are not tracked by the collector. It
# finalizes everything in a cycle before it clears any of it, and a finalizer may still bind
# something. What it does not track goes with its last reference, after which nothing comes back.
# A lease and its anchor are two such objects with the same number.
Anchor: TypeAlias = CodeType

_ANCHOR: Final[Anchor] = compile("", "<sidetable anchor>", "exec")


@final
class VariablePool:
    """The variables of one process, leased to tables under numbers that are never used twice.

    Each step is one operation of a built-in container, so threads and finalizers need no lock.
    """

    __slots__ = ("_free", "_leased", "_numbers", "_retired", "_watched")

    def __init__(self) -> None:
        self._numbers = count(1)
        self._free: deque[Variable] = deque()
        self._leased: dict[int, tuple[Variable, list[object]]] = {}
        self._watched: dict[int, tuple[KeyedRef[int, Anchor], ...]] = {}
        self._retired: set[int] = set()

    def lease(self, tail: list[object]) -> tuple[Anchor, Anchor, Variable]:
        """Leases a variable in which no context has a binding.

        Args:
            tail: What to empty when the table is gone.

        Returns:
            What the table is to hold, what the table and its bindings are to hold, and the
            variable.
        """
        try:
            variable: Variable = self._free.pop()
        except IndexError:
            variable = ContextVar("sidetable_binding")
        number = next(self._numbers)
        lease, anchor = (_ANCHOR.replace(co_name=str(number)) for _ in range(2))
        self._leased[number] = (variable, tail)
        self._watched[number] = (
            KeyedRef(lease, self._retire, number),
            KeyedRef(anchor, self._take_back, number),
        )
        return lease, anchor, variable

    def sweep(self, anchor_of: Callable[[object], Anchor | None]) -> None:
        """Lets go of what tables that are gone have left in the current context.

        Called when a context binds a table for the first time: only then does a context grow,
        so what the dead leave in it stays below the most tables that were alive at once.

        Args:
            anchor_of: Returns the anchor of a binding, and None for any other value.
        """
        if self._retired:
            for variable, value in copy_context().items():
                anchor = anchor_of(value)
                if anchor is not None and number_of(anchor) in self._retired:
                    variable.set(None)

    def _retire(self, lease: KeyedRef[int, Anchor]) -> None:
        number = lease.key
        self._retired.add(number)
        leased = self._leased.get(number)
        if leased is not None:
            leased[1].clear()
        else:  # pragma: no cover  # only when another thread drops the last binding just now
            self._retired.discard(number)

    def _take_back(self, anchor: KeyedRef[int, Anchor]) -> None:
        number = anchor.key
        variable, tail = self._leased.pop(number)
        tail.clear()
        self._free.append(variable)
        self._retired.discard(number)
        del self._watched[number]


def number_of(anchor: Anchor) -> int:
    """Returns the number of the lease that an anchor is of."""
    return int(anchor.co_name)


def is_anchor(value: object) -> bool:
    """Returns whether a value is the anchor of some lease."""
    return type(value) is CodeType and value.co_filename == _ANCHOR.co_filename


# The one mutable object of a module here: contexts belong to the process, and what tables leave
# in them outlives the tables, so no table can own it.
POOL: Final = VariablePool()
