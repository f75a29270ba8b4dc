"""A store does not change the next index, whether it stores more objects than are registered,
fewer, or none.

Why:
    Indices number the registrations of a graph. If a store moved the counter, what is registered
    next would take the index of another object, or leave a gap.

Example:
    >>> table = SideTable()
    >>> table.register_user_object(pool, source)
    0
    >>> table.store(pool, other, third)
    >>> table.register_user_object(other, source)
    1

Causes:
    * The next index is the number of bound references instead of the number of registrations.
    * A store sets the counter.
"""

from itertools import product

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Registering

from .dense_from_zero import some

rule: Rule = Rule("index.ignores-bindings", CORE)


@rule.check(FACT)
def ignores_bindings(bench: Bench) -> None:
    """The next index is what it would have been without the store."""
    for registered, stored in product((0, 1, 3), (0, 1, 3, 7)):
        kept, objects = things(registered + 2), things(stored)
        untouched = bench.fresh()
        expected = register_all(untouched, Origin.USER_OBJECT, kept[:-1])
        expected += register_all(untouched, Origin.GRAPH_CREATED, kept[-1:])
        table = bench.fresh()
        given = register_all(table, Origin.USER_OBJECT, kept[:registered])
        table.store(*objects)
        given += register_all(table, Origin.USER_OBJECT, kept[registered:-1])
        table.store(*objects)
        given += register_all(table, Origin.GRAPH_CREATED, kept[-1:])
        when = f"after stores of {stored} objects, the first with {registered} registered"
        bench.require(given == expected, when, f"indices {some(expected)}", some(given))


# Faulty tables, which the check has to notice.


@rule.fault
class CountsTheReferences(CorrectTable):
    """The next index is the number of references in the table, which a store changes."""

    def _take_index(self, kind: Registering) -> int:
        return len(self._references)


@rule.fault
class StoreMovesTheCounter(CorrectTable):
    """A store sets the next index to the number of objects that it was given."""

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._next_index = len(objects)
