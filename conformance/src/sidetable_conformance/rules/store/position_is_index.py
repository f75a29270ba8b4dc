"""The n-th object of a store is found at index n.

Why:
    It is the one thing that generated code relies on: it evaluates the constructors in index order,
    and stores what they give.

Example:
    >>> table = SideTable()
    >>> table.store(pool, other)
    >>> table.get(0) is pool, table.get(1) is other
    (True, True)

Causes:
    * The arguments are taken in reverse, as they come off an operand stack.
    * Positions are counted from 1, or from the next index.
    * Many arguments are handled in packs whose order is wrong.
"""

from sidetable_conformance.bench import FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Crowd
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("store.position-is-index", CORE)


@rule.check(FOUND)
def position_is_index(bench: Bench) -> None:
    """Objects are found at their positions, in stores of several sizes."""
    for count in (1, 2, 3, 300):
        table = bench.fresh()
        crowd = Crowd(*things(count))
        table.store(*crowd.all())
        crowd.found(bench, table, f"after a store of {count}")


# Faulty tables, which the check has to notice.


@rule.fault
class StoresInReverse(CorrectTable):
    """The objects are popped off the operand stack, and arrive last one first."""

    def store(self, *objects: object) -> None:
        super().store(*reversed(objects))


@rule.fault
class StoreSwapsPacks(CorrectTable):
    """More than 255 arguments are passed in packs, and the last pack is bound first."""

    def store(self, *objects: object) -> None:
        super().store(*objects[255:], *objects[:255])
