"""Reset lets every graph-created example value die.

Why:
    Example values can hold device memory. What outlives the capture that made it is a leak that
    grows with every graph.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> _ = table.register_graph_created_object(mine, construct)
    >>> seen = weakref.ref(mine)
    >>> del mine
    >>> table.reset()
    >>> seen() is None
    True

Causes:
    * Reset clears what is kept by index, and the list of kept values has none.
    * Reset removes the last value only, or all but the first.
"""

from sidetable_conformance.bench import ALIVE, DEAD, Bench
from sidetable_conformance.objects import REFERENCEABLE
from sidetable_conformance.registering import Crowd, Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("keep.released-on-reset", CORE, needs=("keep.graph-created-until-reset",))


@rule.check(DEAD, ALIVE)
def released_on_reset(bench: Bench) -> None:
    """Example values of every kind die at reset, except the one that somebody else holds."""
    for held in (len(REFERENCEABLE) // 2, len(REFERENCEABLE) - 1, 0):
        table = bench.fresh()
        created = Crowd(*(kind.make() for kind in REFERENCEABLE))
        register_all(table, Origin.GRAPH_CREATED, created.all())
        created.drop(*(at for at in range(len(created)) if at != held))
        created.alive(bench, "an example value", "before reset")
        table.reset()
        created.dead(bench, "an example value", f"after reset, with number {held} held elsewhere")


# Faulty tables, which the check has to notice.


@rule.fault
class ResetLetsTheNewestGo(CorrectTable):
    """Reset pops one value off the list of kept ones, where it had to clear the list."""

    def reset(self) -> None:
        kept = self._keep_alive[:-1]
        super().reset()
        self._keep_alive.extend(kept)


@rule.fault
class ResetKeepsTheFirst(CorrectTable):
    """Reset clears the kept values from the second on."""

    def reset(self) -> None:
        kept = self._keep_alive[:1]
        super().reset()
        self._keep_alive.extend(kept)
