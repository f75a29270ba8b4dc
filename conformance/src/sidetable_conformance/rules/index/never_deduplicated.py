"""An object that is registered twice gets two indices, and both find it.

Why:
    One object can be reached by two sources that give different objects in the next call, so each
    registration needs an index of its own.

Example:
    >>> table = SideTable()
    >>> table.register_user_object(pool, LocalSource("left"))
    0
    >>> table.register_user_object(pool, LocalSource("right"))
    1
    >>> table.get(0) is table.get(1)
    True

Causes:
    * Objects that are known already are recognised by identity, and get their old index.
    * Objects are recognised by `id()`, which a new object can have from a dead one.
"""

from itertools import product

from sidetable_conformance.bench import FACT, FOUND, Bench
from sidetable_conformance.objects import Smallest, Thing
from sidetable_conformance.registering import REUSES, Origin, register
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference
from sidetable_source import Source

from .dense_from_zero import some

rule: Rule = Rule("index.never-deduplicated", CORE, needs=("lookup.trace-time",))


@rule.check(FOUND, FACT)
def never_deduplicated(bench: Bench) -> None:
    """One object registered again, at once or later, gets a further index that finds it too."""
    for first, second in product(Origin, repeat=2):
        table = bench.fresh()
        twice, between = Thing("twice"), Thing("between")
        given = [
            register(table, first, twice),
            register(table, second, twice),
            register(table, first, between),
            register(table, second, twice),
        ]
        when = f"after registering one object as {first}, as {second}, and again after another"
        bench.require(len(set(given)) == len(given), when, "four indices", some(given))
        bench.all_found(table, (twice, twice, between, twice), when, given)
    table, before = bench.fresh(), set[int]()
    when = "after the one registered before has died, whose address is free"
    for _ in range(REUSES):
        mortal = Smallest()
        index = register(table, Origin.USER_OBJECT, mortal)
        bench.require(index not in before, when, "a further index", f"{index} again")
        bench.found(table, index, mortal, when)
        before.add(index)
        del mortal


# Faulty tables, which the check has to notice.


@rule.fault
class DeduplicatesByIdentity(CorrectTable):
    """A user object that the table already knows is given its old index again."""

    def register_user_object(self, value: object, source: Source) -> int:
        for index, reference in self._references.items():
            if value is not None and reference() is value:
                return index
        return super().register_user_object(value, source)


@rule.fault
class DeadAddressHasAnIndex(CorrectTable):
    """A new object at the address of one that has died is bound at the index of that one."""

    def _begin(self) -> None:
        self._known: dict[int, int] = {}

    def register_user_object(self, value: object, source: Source) -> int:
        index = self._known.get(id(value), -1)
        if index >= 0 and self._references[index]() is None:
            self._references[index] = self._refer(value)
            return index
        self._known[id(value)] = index = super().register_user_object(value, source)
        return index

    def _bind(self, references: dict[int, Reference]) -> None:
        super()._bind(references)
        self._known.clear()
