"""Faults in threads that have bound nothing, that register, and that go on at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from contextvars import Token
from typing import Final

from sidetable_source import IndexNotRegisteredError

from ._contexts import Binding, Box, Place, Reference
from ._isolation import StoreChangesWhatItFinds
from ._mutant import IsolatedMutant
from ._parent import TABLE_NAME, ConstructFn, Constructor, Edition, Kind
from ._places import Placed, SharedPlace


class UnboundFindsTheLast(IsolatedMutant):
    """A context that has bound nothing finds what was bound last."""

    caught_by = "isolation.no-binding-is-error"
    through = "not found"
    also = frozenset({"isolation.greenlets", "isolation.tasks", "isolation.threads"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._last: Mapping[int, Reference] = {}

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        if self._open_entry() is None:
            self._last = references

    def reset(self) -> None:
        super().reset()
        self._last = {}

    def _not_bound(self, index: int) -> object:
        if index in self._last:
            return self._dereference(self._last[index])
        return super()._not_bound(index)


class UnboundIsUnknown(IsolatedMutant):
    """A context that has bound nothing gets the error of an index that was never bound."""

    caught_by = "isolation.no-binding-is-error"
    through = "fact"

    def _not_bound(self, index: int) -> object:
        raise IndexNotRegisteredError(index, TABLE_NAME)


class _UnboundError(LookupError):
    pass


class UnboundSaysNothing(IsolatedMutant):
    """A context that has bound nothing gets an error of its own that says no more."""

    caught_by = "isolation.no-binding-is-error"
    through = "fact 2"

    def _not_bound(self, index: int) -> object:
        raise _UnboundError


class ThreadsCountForThemselves(IsolatedMutant):
    """Each thread counts its registrations from 0."""

    caught_by = "isolation.registration"
    through = "fact"
    also = frozenset({"isolation.every-interleaving"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._counts: Counter[int] = Counter()

    def _take_index(self, kind: Kind) -> int:
        self._counts[threading.get_ident()] += 1
        return self._counts[threading.get_ident()] - 1

    def reset(self) -> None:
        super().reset()
        self._counts.clear()


class ThreadsHaveTheirConstructors(IsolatedMutant):
    """A thread enumerates the constructors of what it has registered itself."""

    caught_by = "isolation.registration"
    through = "fact 2"
    also = frozenset({"isolation.every-interleaving"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._threads: dict[int, int] = {}

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        own = threading.get_ident()
        listed = super().constructors
        return {index: listed[index] for index in listed if self._threads[index] == own}

    def _take_index(self, kind: Kind) -> int:
        index = super()._take_index(kind)
        self._threads[index] = threading.get_ident()
        return index


class SourcesAreCountedByThread(IsolatedMutant):
    """A source stands under the number of registrations that its thread has made."""

    caught_by = "isolation.registration"
    through = "fact 3"
    also = frozenset({"isolation.every-interleaving"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._counts: Counter[int] = Counter()
        self._written: dict[int, ConstructFn] = {}

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        self._counts[threading.get_ident()] += 1
        number = self._counts[threading.get_ident()]
        self._written[number] = construct_fn
        return lambda codegen: self._written[number](index, codegen)

    def reset(self) -> None:
        super().reset()
        self._counts.clear()


class OneThreadBindsWhatItRegisters(IsolatedMutant):
    """What is registered in another thread than the table was made in is not bound."""

    caught_by = "isolation.registration"
    through = "found"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._made_in = threading.get_ident()

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if threading.get_ident() == self._made_in:
            super()._bind_registered(index, reference)


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


ISOLATION_THREADS_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    UnboundFindsTheLast,
    UnboundIsUnknown,
    UnboundSaysNothing,
    ThreadsCountForThemselves,
    ThreadsHaveTheirConstructors,
    SourcesAreCountedByThread,
    OneThreadBindsWhatItRegisters,
    ClearsThenFills,
    ChecksThenIndexes,
    DereferencesTwice,
    OneBindingBehindALock,
    CountsInTwoSteps,
)
