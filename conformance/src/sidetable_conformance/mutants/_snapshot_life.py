"""Faults in what a snapshot holds."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from functools import partial
from typing import Final

from ._contexts import Binding, Box, Reference
from ._frames import Snapshot
from ._mutant import IsolatedMutant


class _OfNothing(Snapshot):
    def _taken(self, binding: Binding | None) -> Binding:
        return binding or Binding({})


class SnapshotOfNothing(IsolatedMutant):
    """Where nothing is bound, a snapshot can be taken, and is empty."""

    caught_by = "snapshot.bounded-life"
    through = "not found"

    def snapshot(self) -> Snapshot:
        return _OfNothing(self)


class _Compact(Snapshot):
    def _bound(self) -> dict[int, Reference]:
        return dict(enumerate(self._references.values()))


class SnapshotClosesTheGaps(IsolatedMutant):
    """A snapshot leaves the dead out, and what stands behind them moves up."""

    caught_by = "snapshot.bounded-life"
    through = "not found 2"

    def snapshot(self) -> Snapshot:
        return _Compact(self)


class _Short(Snapshot):
    def _bound(self) -> dict[int, Reference]:
        end = min(self._dead, default=len(self._references))
        return {index: each for index, each in super()._bound().items() if index <= end}


class SnapshotEndsAtTheDead(IsolatedMutant):
    """A snapshot ends with the first object that is dead."""

    caught_by = "snapshot.bounded-life"
    through = "found"

    def snapshot(self) -> Snapshot:
        return _Short(self)


class _OfNone(Snapshot):
    def _bound(self) -> dict[int, Reference]:
        return {**self._references, **dict.fromkeys(self._dead, partial(Box, None))}


class DeadIsNoneInASnapshot(IsolatedMutant):
    """A snapshot holds what the references gave, which is None for the dead."""

    caught_by = "snapshot.bounded-life"
    through = "not found 2"

    def snapshot(self) -> Snapshot:
        return _OfNone(self)


class SnapshotHoldsWeakly(IsolatedMutant):
    """A snapshot keeps the references, and not what they refer to."""

    caught_by = "snapshot.bounded-life"
    through = "alive"
    also = frozenset({"snapshot.wrap"})

    def snapshot(self) -> Snapshot:
        snapshot = super().snapshot()
        snapshot._held.clear()
        return snapshot


class SnapshotIsListed(IsolatedMutant):
    """A table lists the snapshots that were taken, until reset."""

    caught_by = "snapshot.bounded-life"
    through = "dead"
    also = frozenset({"snapshot.wrap"})

    def snapshot(self) -> Snapshot:
        snapshot = super().snapshot()
        self._keep(snapshot)
        return snapshot


class _Holding(Snapshot):
    def _bound(self) -> dict[int, Reference]:
        alive = {index: each() for index, each in self._references.items()}
        return {index: partial(Box, value) for index, value in alive.items()}


class ContextKeepsTheSnapshot(IsolatedMutant):
    """The binding of a snapshot holds the objects, and so does every copy of its context."""

    caught_by = "snapshot.bounded-life"
    through = "dead"

    def snapshot(self) -> Snapshot:
        return _Holding(self)


SNAPSHOT_LIFE_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    SnapshotOfNothing,
    SnapshotClosesTheGaps,
    SnapshotEndsAtTheDead,
    DeadIsNoneInASnapshot,
    SnapshotHoldsWeakly,
    SnapshotIsListed,
    ContextKeepsTheSnapshot,
)
