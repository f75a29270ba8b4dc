"""The index of an object that has died is not given out again before reset.

Why:
    The graph goes on carrying the index of an object that has died. If a new object got it, the
    graph would find that one, with no error.

Example:
    >>> table = SideTable()
    >>> table.register_user_object(Pool(), source)  # dies at once
    0
    >>> table.register_user_object(pool, source)
    1

Causes:
    * Dead entries are reused to keep the table small.
    * The next index is the number of objects that are alive.
"""

from itertools import product

from sidetable_conformance.bench import DEAD, FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Crowd, Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Registering

from .dense_from_zero import some

rule: Rule = Rule("index.ignores-death", CORE, needs=("keep.user-object-not-kept",))


@rule.check(DEAD, FACT)
def ignores_death(bench: Bench) -> None:
    """Neither the first, a middle nor the last index comes back when its object has died."""
    later = things(2, "later ")
    for dying, origin in product(((0,), (1,), (2,), (0, 1, 2)), Origin):
        untouched, kept = bench.fresh(), things(3)
        expected = register_all(untouched, Origin.USER_OBJECT, kept)
        expected += register_all(untouched, origin, later)
        table, crowd = bench.fresh(), Crowd(*things(3))
        given = register_all(table, Origin.USER_OBJECT, crowd.all())
        crowd.drop(*dying)
        when = f"after objects {some(dying)} of 3 died"
        crowd.dead(bench, "a user object", when)
        given += register_all(table, origin, later)
        bench.require(given == expected, when, f"indices {some(expected)}", some(given))


# Faulty tables, which the check has to notice.


@rule.fault
class ReusesDeadIndices(CorrectTable):
    """The first index whose object has died is given out again, to keep the table small."""

    def _take_index(self, kind: Registering) -> int:
        for index, reference in self._references.items():
            if reference() is None:
                return index
        return super()._take_index(kind)
