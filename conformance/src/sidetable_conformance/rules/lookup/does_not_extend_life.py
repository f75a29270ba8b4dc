"""Once the caller drops what a lookup returned, the object can die.

Why:
    The table holds objects weakly so that it never decides when memory is freed. A lookup that
    remembers what it found keeps a model or a buffer alive after its owner dropped it.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> table.store(mine)
    >>> found, seen = table.get(0), weakref.ref(mine)
    >>> del mine, found
    >>> seen() is None
    True

Causes:
    * The last result is cached.
    * The first lookup puts the object in place of its weak reference.
    * An error or a log entry holds a frame in which the object is a local variable.
"""

from itertools import product

from sidetable_conformance.bench import ALIVE, DEAD, FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Crowd, Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule(
    "lookup.does-not-extend-life",
    CORE,
    needs=("lookup.repeatable", "keep.user-object-not-kept", "store.holds-weakly"),
)


@rule.check(FOUND, DEAD, ALIVE)
def does_not_extend_life(bench: Bench) -> None:
    """An object lives as long as the caller holds what a lookup returned, and no longer."""
    for stored, position in product((False, True), range(3)):
        table = bench.fresh()
        crowd = Crowd(*things(3))
        given = put(table, crowd, stored=stored)
        crowd.found(bench, table, "before anything was dropped", given)
        found = table.get(given[position])
        crowd.drop(position)
        crowd.alive(bench, "what a lookup returned", "while the caller holds it")
        del found
        crowd.dead(bench, "what a lookup returned", "after the caller dropped it")


def put(table: Driver, crowd: Crowd, *, stored: bool) -> list[int]:
    """Stores or registers a crowd, and returns the index of each of its objects."""
    if stored:
        table.store(*crowd.all())
        return list(range(len(crowd)))
    return register_all(table, Origin.USER_OBJECT, crowd.all())


# Faulty tables, which the check has to notice.


@rule.fault
class RemembersTheLastResult(CorrectTable):
    """The last object found is kept for the next lookup, which then is faster."""

    def _begin(self) -> None:
        self._last_found: object = None

    def get(self, index: int) -> object:
        self._last_found = super().get(index)
        return self._last_found


@rule.fault
class FirstLookupUpgrades(CorrectTable):
    """The first lookup puts the object itself in place of its weak reference."""

    def get(self, index: int) -> object:
        value = super().get(index)
        self._references[index] = lambda: value
        return value
