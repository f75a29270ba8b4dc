"""The death of one object disturbs no other index.

Why:
    Objects die at any time, also between two lookups of one graph. The others must stay where the
    graph looks for them.

Example:
    >>> table = SideTable()
    >>> table.store(Pool(), pool)  # the first dies at once
    >>> table.get(1) is pool
    True

Causes:
    * A death removes an entry of a list, and those behind it move up.
    * A lookup that meets a dead object clears the table.
    * A container with weak values or keys is enumerated, and forgets the dead.
"""

import weakref
from itertools import product

from sidetable_conformance.bench import DEAD, FOUND, NOT_FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Crowd
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

from .does_not_extend_life import put

rule: Rule = Rule(
    "lookup.dead-spares-others",
    CORE,
    needs=("lookup.repeatable", "keep.user-object-not-kept", "store.holds-weakly"),
)


@rule.check(FOUND, NOT_FOUND, DEAD)
def dead_spares_others(bench: Bench) -> None:
    """Whichever objects die, the rest is found where it was."""
    for stored, dying in product((False, True), ((0,), (1,), (3,), (0, 1), (0, 3), (1, 2, 3))):
        table = bench.fresh()
        crowd = Crowd(*things(4))
        given = put(table, crowd, stored=stored)
        crowd.drop(*dying)
        when = f"after objects {', '.join(map(str, dying))} of 4 died"
        crowd.dead(bench, "a dropped object", when)
        crowd.found(bench, table, when, given)
        for position in dying:
            bench.not_found(table, given[position], when)
        crowd.found(bench, table, f"{when} and were looked up", given)


# Faulty tables, which the check has to notice.


@rule.fault
class DeathClosesTheGap(CorrectTable):
    """The references of dead objects are dropped, and later ones move up."""

    def get(self, index: int) -> object:
        living = [found for found in self._references.values() if found() is not None]
        if len(living) < len(self._references):
            self._references = dict(enumerate(living))
        return super().get(index)


@rule.fault
class DeathClearsTheBinding(CorrectTable):
    """One dead object makes the binding stale, and all of it is dropped."""

    def _refer(self, value: object) -> Reference:
        return weakref.ref(value, lambda _: self._references.clear())
