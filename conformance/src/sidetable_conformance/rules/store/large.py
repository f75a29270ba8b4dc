"""A store of 65,536 objects puts every one at its position, and a smaller one afterwards clears
them all.

Why:
    A table has no limit of its own. One that shows only with many objects is found in production,
    not in tests.

Example:
    >>> table, many = SideTable(), [Pool() for _ in range(65_536)]
    >>> table.store(*many)
    >>> table.get(65_535) is many[-1]
    True

Causes:
    * The references are made by a function that calls itself.
    * A count or an index is kept in too few bits.
"""

from collections.abc import Iterable
from typing import Final

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.objects import Smallest
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule("store.large", CORE, needs=("store.replaces-all",))

LARGE: Final = 65_536


@rule.check(FOUND, NOT_FOUND)
def large(bench: Bench) -> None:
    """65,536 objects are found where they were stored, and cleared by the next store."""
    table = bench.fresh()
    objects = [Smallest() for _ in range(LARGE)]
    when = f"after a store of {LARGE} objects"
    table.store(*objects)
    places = sorted({0, 1, 255, 256, 257, LARGE // 2, LARGE - 2, LARGE - 1, *range(0, LARGE, 997)})
    for index in places:
        bench.found(table, index, objects[index], when)
    bench.not_found(table, LARGE, when)
    table.store(objects[-1])
    bench.found(table, 0, objects[-1], f"{when}, then of one")
    for index in places[1:]:
        bench.not_found(table, index, f"{when}, then of one")


# Faulty tables, which the check has to notice.


@rule.fault
class StoreRecurses(CorrectTable):
    """The references are made by a function that calls itself for the rest of the arguments."""

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        remaining = iter(objects)

        def refer_from(index: int) -> dict[int, Reference]:
            for value in remaining:
                return {index: self._refer(value)} | refer_from(index + 1)
            return {}

        return refer_from(0)


@rule.fault
class StoreFitsTwoBytes(CorrectTable):
    """The number of objects is kept in two bytes, and 65,536 of them are none."""

    def store(self, *objects: object) -> None:
        super().store(*objects[: len(objects) & 0xFFFF])
