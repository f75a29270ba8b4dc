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

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Final, Self

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Block, Driver
from sidetable_conformance.elsewhere import Meet, MeetTasks, Seen, at_once, interleaved
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.rule import Rule
from sidetable_conformance.spec import ISOLATION, MUST, OWN
from sidetable_conformance.tables.isolated import Binding, IsolatedTable, Snapshot, refuse

from .reenter import PLACES, Looks

rule: Final = Rule(
    "snapshot.concurrent",
    MUST,
    ISOLATION,
    editions=(OWN,),
    capabilities=("snapshots",),
    needs=("snapshot.reenter",),
)


@rule.check(FOUND, NOT_FOUND)
def concurrent(bench: Bench) -> None:
    """Entered in itself, by threads at once and by tasks that take turns, it finds its objects."""
    for name, enter in _AT_ONCE.items():
        table = bench.fresh()
        kept = things(3, "kept ")
        table.store(*kept)
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
        own = things(number, f"thread {number}, ")
        table.store(*own)
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


class _Busy(Snapshot):
    _is_entered = False

    def __enter__(self) -> Self:
        if self._is_entered:
            refuse("entered while it was")
        self._is_entered = True
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_entered = False
        super().__exit__(kind, error, traceback)


@rule.fault
class SnapshotIsBusy(IsolatedTable):
    """A snapshot that is entered cannot be entered once more, until it is left."""

    def snapshot(self) -> Snapshot:
        return _Busy(self)


class _OfOnePlace(Snapshot):
    _found: Binding | None = None

    def __enter__(self) -> Self:
        self._found = self._table._place.binding
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        found = self._found
        self._table._place.publish(found and Binding(found.references, self._table._open_entry()))


@rule.fault
class SnapshotHasOnePlace(IsolatedTable):
    """A snapshot puts back what it found when it was entered last, wherever that was."""

    def snapshot(self) -> Snapshot:
        return _OfOnePlace(self)


class _Counting(Snapshot):
    _entered = 0

    def __enter__(self) -> Self:
        self._entered += 1
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        self._entered -= 1
        if self._entered:
            self._table._place.publish(Binding(self._bound(), self._table._open_entry()))


@rule.fault
class SnapshotStaysUntilAllHaveLeft(IsolatedTable):
    """A snapshot stays bound wherever it was entered until it is left for the last time."""

    def snapshot(self) -> Snapshot:
        return _Counting(self)
