"""A table that cannot be copied or pickled says so by an exception, and a copy is a table of its
own; a handle that was copied or pickled is the same number, and sources are equal ones.

Why:
    Programs copy modules and settings whole, and whatever is in them. A copy of a table that shares
    half of its state with the original changes it behind everybody's back.

Example:
    >>> import copy
    >>> table = SideTable()
    >>> table.store(pool)
    >>> with suppress(TypeError):
    ...     copy.copy(table).store(other)
    >>> table.get(0) is pool
    True

Causes:
    * The default way of copying shares the table's containers.
    * A handle is an object that only its own process knows.
"""

import copy
import pickle
from collections.abc import Callable
from typing import Final, Self, SupportsIndex

from sidetable_conformance.bench import FACT, FOUND, Bench
from sidetable_conformance.objects import Thing, describe
from sidetable_conformance.registering import SOURCE, Origin, indices, register
from sidetable_conformance.rule import ROBUST, Rule
from sidetable_conformance.tables.core import ConstructFn, Reference, Registering
from sidetable_conformance.tables.isolated import Entry
from sidetable_conformance.tables.robust import RobustTable

rule: Rule = Rule("robust.copy-and-pickle", ROBUST, needs=("store.position-is-index",))


_WAYS: Final[dict[str, Callable[[object], object]]] = {
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),  # noqa: S301  # our own
}


@rule.check(FOUND, FACT)
def copy_and_pickle(bench: Bench) -> None:
    """A copy is refused, or is a table of its own; a handle is a number; sources are equal."""
    for name, way in _WAYS.items():
        table, value, other = bench.fresh(), Thing("stored"), Thing("other")
        register(table, Origin.USER_OBJECT, value)
        table.store(value)
        when = f"{name} of a table"
        try:
            copied = table.copied(way)
        except Exception:  # noqa: BLE001  # whichever error says that it cannot be copied
            copied = None
        if copied is not None:
            copied.store(other, other)
            bench.found(copied, 1, other, f"{when}, and a store in the copy")
            register(copied, Origin.USER_OBJECT, other)
        bench.found(table, 0, value, when)
        given = indices(table)
        bench.require(given == [0], when, "its constructor of 0", f"constructors of {given}")
        source = way(SOURCE)
        bench.control(source == SOURCE, f"{name} of a source gives an equal one")
        if bench.has("handles"):
            frame = table.frame(value)
            with frame:
                seen = way(frame.handle)
                bench.require(
                    seen == frame.handle, f"{name} of a handle", "the number", describe(seen)
                )


# Faulty tables, which the check has to notice.


@rule.fault
class CopyBindsForBoth(RobustTable):
    """A copy has its own registrations, and the original's place in every context."""

    def __copy__(self) -> Self:
        copied = type(self)(self.edition)
        copied.__dict__ |= self.__dict__
        return copied


@rule.fault
class CopyRegistersForBoth(RobustTable):
    """What is registered in a copy is registered in the original as well."""

    _original: RobustTable | None = None

    def __copy__(self) -> Self:
        copied = type(self)(self.edition)
        copied._original = self
        return copied

    def _add(
        self, kind: Registering, value: object, construct_fn: ConstructFn, found: Reference | None
    ) -> int:
        if self._original is not None:
            self._original._add(kind, value, construct_fn, found)
        return super()._add(kind, value, construct_fn, found)


class _Number(int):
    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type[int], tuple[int]]:
        return int, (0,)


@rule.fault
class HandleLosesItsNumber(RobustTable):
    """A handle is an object of its own type, and its copies are 0."""

    def _handle_of(self, entry: Entry) -> int:
        return _Number(super()._handle_of(entry))
