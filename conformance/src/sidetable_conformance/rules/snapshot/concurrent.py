"""One snapshot can be entered inside of itself, by several threads at once, and by tasks that take
turns: each finds the same objects inside, and afterwards what it found itself.

Why:
    One forward can have several backwards at once, and a hook that is wrapped can be called while
    it runs.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> snapshot = table.snapshot()
    >>> with snapshot:
    ...     table.store(other)
    ...     with snapshot: table.get(0) is pool
    ...     table.get(0) is other
    True
    True

Causes:
    * A snapshot remembers in one place what it found.
    * A snapshot that is entered cannot be entered once more.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Block, Driver
from sidetable_conformance.elsewhere import Meet, MeetTasks, Seen, at_once, interleaved
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import store_things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import Binding, IsolatedTable, Snapshot, refuse

from .reenter import PLACES, Looks

rule: Rule = Rule(
    "snapshot.concurrent", ISOLATION, capabilities=("snapshots",), needs=("snapshot.reenter",)
)


@rule.check(FOUND, NOT_FOUND)
def concurrent(bench: Bench) -> None:
    """Entered in itself, by threads at once and by tasks that take turns, it finds its objects."""
    for name, enter in _AT_ONCE.items():
        table = bench.fresh()
        kept = store_things(table, 3, "kept ")
        snapshot = table.snapshot()
        table.store()
        for objects, seen in enter(table, snapshot, kept):
            when = f"in a snapshot that is entered {name}"
            bench.still_finds(seen, dict(enumerate(objects)), PLACES, when)


def _in_itself(table: Driver, snapshot: Block, kept: list[Thing]) -> Looks:
    between = things(1, "stored between ")
    looks: Looks = []
    with snapshot:
        table.store(*between)
        with snapshot:
            with snapshot:
                looks.append((kept, Seen(table.get, PLACES)))
            looks.append((kept, Seen(table.get, PLACES)))
        looks.append((between, Seen(table.get, PLACES)))
    looks.append(([], Seen(table.get, PLACES)))
    return looks


def _by_threads(table: Driver, snapshot: Block, kept: list[Thing]) -> Looks:
    def body(number: int, meet: Meet) -> Looks:
        own = store_things(table, number, f"thread {number}, ")
        looks: Looks = []
        meet()
        with snapshot:
            for _ in range(number):
                looks.append((kept, Seen(table.get, PLACES)))
                meet()
            looks.append((kept, Seen(table.get, PLACES)))
        for _ in range(3 - number):
            looks.append((own, Seen(table.get, PLACES)))
            meet()
        return looks

    return [look for looks in at_once([partial(body, n) for n in range(3)]) for look in looks]


def _by_tasks(table: Driver, snapshot: Block, kept: list[Thing]) -> Looks:
    async def body(number: int, meet: MeetTasks) -> Looks:
        looks: Looks = []
        with snapshot:
            for _ in range(number + 1):
                await meet()
                looks.append((kept, Seen(table.get, PLACES)))
        for _ in range(2 - number):
            await meet()
        looks.append(([], Seen(table.get, PLACES)))
        return looks

    return [look for looks in interleaved([partial(body, n) for n in range(3)]) for look in looks]


_AT_ONCE: Final[dict[str, Callable[[Driver, Block, list[Thing]], Looks]]] = {
    "by tasks in turn": _by_tasks,
    "by threads at once": _by_threads,
    "in itself": _in_itself,
}


# Faulty tables, which the check has to notice.


@rule.fault
class SnapshotIsBusy(IsolatedTable):
    """A snapshot that is entered cannot be entered once more, until it is left."""

    def _enter_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.note:
            refuse("entered while it was")
        snapshot.note = True
        super()._enter_snapshot(snapshot)

    def _leave_snapshot(self, snapshot: Snapshot, error: object) -> None:
        snapshot.note = False
        super()._leave_snapshot(snapshot, error)


@rule.fault
class SnapshotHasOnePlace(IsolatedTable):
    """A snapshot puts back what it found when it was entered last, wherever that was."""

    def _enter_snapshot(self, snapshot: Snapshot) -> None:
        snapshot.note = self._place.binding
        super()._enter_snapshot(snapshot)

    def _leave_snapshot(self, snapshot: Snapshot, error: object) -> None:
        super()._leave_snapshot(snapshot, error)
        found = snapshot.note
        self._place.publish(found and Binding(found.references, self._open_entry()))


@rule.fault
class SnapshotStaysUntilAllHaveLeft(IsolatedTable):
    """A snapshot stays bound wherever it was entered until it is left for the last time."""

    def _enter_snapshot(self, snapshot: Snapshot) -> None:
        snapshot.note = (snapshot.note or 0) + 1
        super()._enter_snapshot(snapshot)

    def _leave_snapshot(self, snapshot: Snapshot, error: object) -> None:
        super()._leave_snapshot(snapshot, error)
        snapshot.note -= 1
        if snapshot.note:
            self._place.publish(Binding(self._bound_by(snapshot), self._open_entry()))
