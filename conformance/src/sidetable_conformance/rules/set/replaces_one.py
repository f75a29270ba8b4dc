"""After a set one index finds the new object, and neither the other indices nor the registrations
have changed.

Why:
    Some code replaces one object between two calls, for example the current stream, and leaves the
    rest to the binding.

Example:
    >>> table = SideTable()
    >>> table.store(pool, other)
    >>> table.set(0, third)
    >>> table.get(0) is third, table.get(1) is other
    (True, True)

Causes:
    * A set is done as a store of one object.
    * The object is replaced wherever it is bound, not at one index.
    * The constructor of the index is dropped with the object.
"""

from collections.abc import Sequence
from itertools import product

from sidetable_conformance.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import REFERENCEABLE, Smallest, Thing
from sidetable_conformance.registering import REUSES, Registered, store_things
from sidetable_conformance.rule import CORE, OWN, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule(
    "set.replaces-one", CORE, capabilities=("set",), needs=("lookup.identity", "lookup.repeatable")
)


@rule.check(FOUND, NOT_FOUND, FACT)
def replaces_one(bench: Bench) -> None:
    """An object of any kind takes the place of one index, bound or merely registered."""
    expected = Registered(bench, bench.fresh()).next_index()
    for stored, position in product((None, 0, 3, 5), range(3)):
        table = bench.fresh()
        registered = Registered(bench, table)
        _objects = store_things(table, stored)
        index = registered.given[position]
        when = f"after {store_of(stored)} and a set of index {index}"
        places = sorted({*range(6), index})
        for value in (Thing("set"), Thing("set again")):
            _replaces(bench, table, index, value, when, places)
        registered.unchanged(when)
        seen = registered.next_index()
        bench.require(seen == expected, when, f"the next index {expected}", f"{seen}")
    table = bench.fresh()
    alias, other = Thing("stored twice"), Thing("other")
    table.store(alias, other, alias)
    when = "after a set of one of two indices of one object"
    _replaces(bench, table, 0, Thing("set"), when, range(3))
    for kind in REFERENCEABLE:
        table = bench.fresh()
        _around = store_things(table, 3)
        _replaces(bench, table, 1, kind.make(), f"after a set of {kind.name}", range(3))
    table, kept = bench.fresh(), Thing("stored")
    for _ in range(REUSES):
        table.store(kept)  # which lets the one go that was set before
        mortal = Smallest()
        when = "after the one set before has died, whose address is free"
        _replaces(bench, table, 0, mortal, when, range(1))
        del mortal


def _replaces(
    bench: Bench, table: Driver, index: int, value: object, when: str, places: Sequence[int]
) -> None:
    expected = bench.finds(table, places) | {index: value}
    table.set(index, value)
    bench.still_finds(table, expected, places, when)


def store_of(count: int | None) -> str:
    return "no store" if count is None else f"a store of {count}"


# Faulty tables, which the check has to notice.


@rule.fault
class SetStores(CorrectTable):
    """A set is a store of one object, and the other indices are cleared."""

    def set(self, index: int, value: object) -> None:
        super().set(index, value)
        self._references = {index: self._references[index]}


@rule.fault
class SetKeepsTheOld(CorrectTable):
    """A set uses `setdefault`, and an index that is bound keeps its object."""

    def set(self, index: int, value: object) -> None:
        before = self._references.copy()
        super().set(index, value)
        self._references |= before


@rule.fault
class SetReplacesEveryAlias(CorrectTable):
    """A set replaces an object wherever it is bound, not at one index only."""

    def set(self, index: int, value: object) -> None:
        old = self._references.get(index)
        super().set(index, value)
        for alias, reference in self._references.items():
            if reference is old:
                self._references[alias] = self._references[index]


@rule.fault
class SetForgetsTheConstructor(CorrectTable):
    """The constructor of an index that was set would fetch the old object, and is dropped."""

    def set(self, index: int, value: object) -> None:
        super().set(index, value)
        self._constructors.pop(index, None)


@rule.fault
class SetComparesAddresses(CorrectTable, only=OWN):
    """A set of an object that has the address of the one set before is skipped as the same."""

    _before = (-1, -1)

    def set(self, index: int, value: object) -> None:
        if (index, id(value)) != self._before:
            super().set(index, value)
        self._before = (index, id(value))
