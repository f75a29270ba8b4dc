"""A snapshot can be entered after other calls, again, and in another thread, and finds what was
bound when it was taken and nothing else; on every way out of it, the binding that it found is back.

Why:
    A backward pass runs after other forwards, in a thread of its own, and needs the objects of its
    own forward. Forward A, forward B, backward A is wrong with one table for all.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> forward = table.snapshot()
    >>> table.store(other)
    >>> with forward:
    ...     table.get(0) is pool
    True

Causes:
    * A snapshot is a reference to what the table has bound now.
    * A store inside of a snapshot changes it.
    * A snapshot belongs to the thread that took it.
"""

import threading
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Final

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Block, Driver, call
from sidetable_conformance.elsewhere import Seen, elsewhere
from sidetable_conformance.objects import Planned, Thing, things
from sidetable_conformance.registering import Origin, register_all, store_things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Reference
from sidetable_conformance.tables.isolated import IsolatedTable, Snapshot, references_of, refuse

rule: Rule = Rule(
    "snapshot.reenter",
    ISOLATION,
    capabilities=("snapshots",),
    needs=("index.restarts-on-reset", "store.replaces-all"),
)

PLACES: Final = range(5)


_BINDINGS: Final[dict[str, Callable[[Driver, list[Thing]], object]]] = {
    "a store": lambda table, objects: table.store(*objects),
    "registrations": lambda table, objects: register_all(table, Origin.USER_OBJECT, objects),
}


@rule.check(FOUND, NOT_FOUND)
def reenter(bench: Bench) -> None:
    """In the backward of each forward its own objects are found, and afterwards what was before."""
    for (name, bind), place in product(_BINDINGS.items(), ("here", "in another thread")):
        table = bench.fresh()
        forwards = [things(count, f"forward {count}, ") for count in (2, 3)]
        snapshots: list[Block] = []
        for forward in forwards:
            table.reset()
            bind(table, forward)
            snapshots.append(table.snapshot())
        table.reset()
        later = store_things(table, 4, "later ")
        run = elsewhere if place != "here" else call
        backward = partial(_backward, table, snapshots, forwards, later)
        for objects, seen in run(backward):
            when = f"in a backward {place}, the forward of which had {name}"
            bench.still_finds(seen, dict(enumerate(objects)), PLACES, when)


Looks = list[tuple[list[Thing], Seen]]


def _backward(
    table: Driver, snapshots: list[Block], forwards: list[list[Thing]], later: list[Thing]
) -> Looks:
    """Enters snapshots, and returns what was seen with what has to be found."""
    table.store(*later)
    looks: Looks = []
    for number in (1, 0, 1):
        with snapshots[number]:
            looks.append((forwards[number], Seen(table.get, PLACES)))
            table.store(*things(1, "stored in the snapshot "))
        looks.append((later, Seen(table.get, PLACES)))
    try:
        with snapshots[0]:
            raise Planned  # noqa: TRY301  # it is what leaves the block
    except Planned:
        looks.append((later, Seen(table.get, PLACES)))
    return looks


# Faulty tables, which the check has to notice.


@rule.fault
class SnapshotIsTheNewest(IsolatedTable):
    """A table keeps one snapshot, and taking another one changes what that has."""

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        newest: Snapshot = self.__dict__.setdefault("_newest", taken)
        newest.held, newest.references = taken.held, taken.references
        newest.dead = taken.dead
        return newest


@rule.fault
class SnapshotFindsWhatIsBelow(IsolatedTable):
    """An index that a snapshot does not bind means what it meant outside."""

    def _bound_by(self, snapshot: Snapshot) -> dict[int, Reference]:
        return {**references_of(self._place.binding), **super()._bound_by(snapshot)}


@rule.fault
class StoreInASnapshotChangesIt(IsolatedTable):
    """What is stored in a snapshot is what it has from then on."""

    def _leave_snapshot(self, snapshot: Snapshot, error: object) -> None:
        binding = self._place.binding
        super()._leave_snapshot(snapshot, error)
        snapshot.references = dict(references_of(binding))


@rule.fault
class SnapshotIsOfOneThread(IsolatedTable):
    """A snapshot can be entered in the thread only that it was taken in."""

    def snapshot(self) -> Snapshot:
        snapshot = super().snapshot()
        snapshot.note = threading.get_ident()
        return snapshot

    def _enter_snapshot(self, snapshot: Snapshot) -> None:
        if threading.get_ident() != snapshot.note:
            refuse("entered in another thread")
        super()._enter_snapshot(snapshot)
