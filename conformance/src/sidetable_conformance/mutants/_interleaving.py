"""Faults that show only where one thread goes on in the middle of another's operation."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextvars import Token
from types import TracebackType
from typing import Final

from ._contexts import Binding, Box, Entry, Place, Reference
from ._frames import HANDLES, Snapshot, refuse
from ._isolation import StoreChangesWhatItFinds
from ._mutant import IsolatedMutant
from ._parent import ConstructFn, Edition, Kind
from ._places import Placed, SharedPlace


class ClearsThenFills(StoreChangesWhatItFinds):
    """A store clears the binding that is there, and then fills it."""

    caught_by = "isolation.every-interleaving"
    through = "fact"
    also = frozenset({"isolation.tasks"})

    def _change(self, binding: Binding, references: Mapping[int, Reference]) -> None:
        filled: dict[int, Reference] = {}
        super()._change(binding, filled)
        for index in references:
            filled[index] = references[index]


class ChecksThenIndexes(StoreChangesWhatItFinds):
    """A lookup sees that an index is bound, and takes it from what is bound afterwards."""

    caught_by = "isolation.every-interleaving"
    through = "fact"
    also = frozenset({"isolation.tasks"})

    def _find(self, binding: Binding | None, index: int) -> object:
        if binding is None or index not in binding.references:
            return super()._find(binding, index)
        value = self._dereference(binding.references[index])
        return self._died(index) if value is self.DEAD else value


class DereferencesTwice(IsolatedMutant):
    """A lookup asks a reference whether its object is alive, and then for the object."""

    caught_by = "isolation.every-interleaving"
    through = "fact"

    def _dereference(self, reference: Reference) -> object:
        return self.DEAD if reference() is None else self._taken(reference)

    def _taken(self, reference: Reference) -> object:
        value = reference()
        return value.value if type(value) is Box else value


class _LockedPlace(SharedPlace):
    def __init__(self, own: Place) -> None:
        self._lock = threading.Lock()
        super().__init__(own)

    @property
    def binding(self) -> Binding | None:
        with self._lock:
            return super().binding

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        with self._lock:
            return super().publish(binding)


class OneBindingBehindALock(Placed):
    """All threads find what was bound last, and a lock is around every use of it."""

    caught_by = "isolation.every-interleaving"
    through = "fact"
    also = frozenset(
        {
            "isolation.greenlets",
            "isolation.registration",
            "isolation.tasks",
            "isolation.threads",
            "snapshot.concurrent",
        }
    )
    place = _LockedPlace


class CountsInTwoSteps(IsolatedMutant):
    """A registration takes the number of those before it, and counts itself afterwards."""

    caught_by = "isolation.every-interleaving"
    through = "fact"

    def _take_index(self, kind: Kind) -> int:
        index = self._next_index
        self._next_index = index + 1
        return index

    def reset(self) -> None:
        super().reset()
        self._next_index = 0


class BindsWhereItExpectedToo(IsolatedMutant):
    """A registration that is given another index than it expected is bound at both."""

    caught_by = "isolation.every-interleaving"
    through = "fact"

    def _register(self, kind: Kind, value: object, construct_fn: ConstructFn) -> int:
        expected = len(self._constructors)
        index = super()._register(kind, value, construct_fn)
        self._bind_registered(expected, self._refer_registered(kind, value))
        return index


class _LeftByOne(Snapshot):
    _is_left = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_left = not self._is_left or refuse("left while it was")
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self._is_left = False


class SnapshotIsLeftByOneAtATime(IsolatedMutant):
    """A snapshot can not be left by one thread while another one leaves it."""

    caught_by = "isolation.every-interleaving"
    through = "fact"

    def snapshot(self) -> Snapshot:
        return _LeftByOne(self)


class ChecksAHandleThenLooks(IsolatedMutant):
    """A lookup by a handle sees that the frame is open, and looks for its binding afterwards."""

    caught_by = "isolation.every-interleaving"
    through = "fact"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._open: Final[dict[int, Entry]] = {}

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entry = super()._enter(references)
        self._open[HANDLES.give(entry)] = entry
        return entry

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        del self._open[entry.handle]

    def resolve(self, handle: int, index: int) -> object:
        super().resolve(handle, index)
        return self._find(self._open[handle].binding, index)


INTERLEAVING_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    ClearsThenFills,
    ChecksThenIndexes,
    DereferencesTwice,
    OneBindingBehindALock,
    CountsInTwoSteps,
    BindsWhereItExpectedToo,
    SnapshotIsLeftByOneAtATime,
    ChecksAHandleThenLooks,
)
