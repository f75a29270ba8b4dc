"""Faults in what a snapshot binds, and in what it puts back."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ._contexts import Binding, Reference, references_of
from ._frames import Snapshot, refuse
from ._mutant import IsolatedMutant

if TYPE_CHECKING:
    from ._isolated import IsolatedTable


class SnapshotIsTheNewest(IsolatedMutant):
    """A table keeps one snapshot, and taking another one changes what that has."""

    caught_by = "snapshot.reenter"
    through = "found"
    also = frozenset({"snapshot.bounded-life", "snapshot.wrap"})

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        newest: Snapshot = self.__dict__.setdefault("_newest", taken)
        newest._held, newest._references = taken._held, taken._references
        newest._dead = taken._dead
        return newest


class _Merging(Snapshot):
    def _bound(self) -> dict[int, Reference]:
        below = self._table._place.binding
        return {**(references_of(below)), **super()._bound()}


class SnapshotFindsWhatIsBelow(IsolatedMutant):
    """An index that a snapshot does not bind means what it meant outside."""

    caught_by = "snapshot.reenter"
    through = "not found"

    def snapshot(self) -> Snapshot:
        return _Merging(self)


class _Changing(Snapshot):
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        binding = self._table._place.binding
        super().__exit__(kind, error, traceback)
        self._references = dict(references_of(binding))


class StoreInASnapshotChangesIt(IsolatedMutant):
    """What is stored in a snapshot is what it has from then on."""

    caught_by = "snapshot.reenter"
    through = "found"

    def snapshot(self) -> Snapshot:
        return _Changing(self)


class _OfOneThread(Snapshot):
    def __init__(self, table: IsolatedTable) -> None:
        super().__init__(table)
        self._thread = threading.get_ident()

    def __enter__(self) -> Self:
        if threading.get_ident() != self._thread:
            refuse("entered in another thread")
        return super().__enter__()


class SnapshotIsOfOneThread(IsolatedMutant):
    """A snapshot can be entered in the thread only that it was taken in."""

    caught_by = "snapshot.reenter"
    through = "called __enter__"
    also = frozenset({"snapshot.concurrent", "snapshot.wrap"})

    def snapshot(self) -> Snapshot:
        return _OfOneThread(self)


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


class SnapshotIsBusy(IsolatedMutant):
    """A snapshot that is entered can not be entered once more, until it is left."""

    caught_by = "snapshot.concurrent"
    through = "called __enter__"
    also = frozenset({"isolation.every-interleaving"})

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


class SnapshotHasOnePlace(IsolatedMutant):
    """A snapshot puts back what it found when it was entered last, wherever that was."""

    caught_by = "snapshot.concurrent"
    through = "found"

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


class SnapshotStaysUntilAllHaveLeft(IsolatedMutant):
    """A snapshot stays bound wherever it was entered until it is left for the last time."""

    caught_by = "snapshot.concurrent"
    through = "not found"
    also = frozenset({"isolation.every-interleaving"})

    def snapshot(self) -> Snapshot:
        return _Counting(self)


SNAPSHOT_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    SnapshotIsTheNewest,
    SnapshotFindsWhatIsBelow,
    StoreInASnapshotChangesIt,
    SnapshotIsOfOneThread,
    SnapshotIsBusy,
    SnapshotHasOnePlace,
    SnapshotStaysUntilAllHaveLeft,
)
