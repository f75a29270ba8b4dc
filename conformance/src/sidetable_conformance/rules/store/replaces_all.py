"""After a store nothing of the previous one is found, also where fewer objects were stored.

Why:
    A store belongs to one call. What an earlier call left behind its end would be found by a graph
    that asks for one index too many: another call's object, and no error.

Example:
    >>> table = SideTable()
    >>> table.store(pool, other)
    >>> table.store(third)
    >>> table.get(1)
    Traceback (most recent call last):
    sidetable_source.errors.IndexNotRegisteredError: ...

Causes:
    * `update`, or writing position by position, without clearing first.
    * Positions that are filled already are skipped.
    * A store of objects that are bound already is skipped, though their order is another one.
    * Objects are compared by `id()`, and a new one has the address of one that has died.
"""

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.objects import EqualToAll, Smallest, things
from sidetable_conformance.registering import REUSES
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule(
    "store.replaces-all", CORE, needs=("lookup.unregistered-is-error", "store.position-is-index")
)


@rule.check(FOUND, NOT_FOUND)
def replaces_all(bench: Bench) -> None:
    """The previous store is gone whole, and does not come back with a later, larger one."""
    for counts in ((3, 3), (3, 1), (3, 2), (1, 3), (300, 1), (4, 1, 2), (1, 4, 2, 3)):
        table = bench.fresh()
        stores = [things(count, f"store {n}, ") for n, count in enumerate(counts)]
        when = f"after stores of {', then '.join(map(str, counts))} objects"
        for objects in stores:
            table.store(*objects)
            bench.all_found(table, objects, when)
            for index in range(len(objects), max(counts)):
                bench.not_found(table, index, when)
    forward: list[object] = [*things(3)]
    equal: list[object] = [EqualToAll(), EqualToAll(), EqualToAll()]
    for which, first, second in (
        ("the same objects in another order", forward, forward[::-1]),
        ("equal objects", equal, [EqualToAll(), EqualToAll(), EqualToAll()]),
    ):
        table = bench.fresh()
        table.store(*first)
        table.store(*second)
        bench.all_found(table, second, f"after a store of {which}")
    table = bench.fresh()
    for _ in range(REUSES):
        mortal = Smallest()
        table.store(mortal)
        bench.found(table, 0, mortal, "after the one stored before has died, whose address is free")
        del mortal


# Faulty tables, which the check has to notice.


@rule.fault
class StoreUpdates(CorrectTable):
    """A store writes over the positions that it has, and leaves what lies behind them."""

    def store(self, *objects: object) -> None:
        before = self._references
        super().store(*objects)
        super()._bind(before | self._references)


@rule.fault
class StoreSkipsWhatIsBound(CorrectTable):
    """A store fills the free positions, with `setdefault`, and what was there stays."""

    def store(self, *objects: object) -> None:
        before = self._references
        super().store(*objects)
        super()._bind(self._references | before)


@rule.fault
class StoreSkipsWhatItKnows(CorrectTable):
    """A store of the objects that are bound already is skipped, without a look at their order."""

    def store(self, *objects: object) -> None:
        bound = {id(reference()) for reference in self._references.values()}
        if len(objects) != len(self._references) or bound != {id(value) for value in objects}:
            super().store(*objects)


@rule.fault
class StoreKeepsWhatIsEqual(CorrectTable):
    """A store leaves an index alone whose object is equal to the new one."""

    def _bind(self, references: dict[int, Reference]) -> None:
        kept: dict[int, Reference] = {}
        for index in references.keys() & self._references.keys():
            old = self._references[index]()
            if old is not None and old == references[index]():
                kept[index] = self._references[index]
        super()._bind({**references, **kept})


@rule.fault
class StoreComparesAddresses(CorrectTable):
    """A store of objects that have the addresses of those stored before is skipped as the same."""

    def _begin(self) -> None:
        self._addresses: tuple[int, ...] | None = None

    def store(self, *objects: object) -> None:
        addresses = tuple(map(id, objects))
        if addresses != self._addresses:
            super().store(*objects)
            self._addresses = addresses
