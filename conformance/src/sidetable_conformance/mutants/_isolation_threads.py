"""Faults in threads that have bound nothing, and that register."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Final

from sidetable_source import IndexNotRegisteredError

from ._contexts import Reference
from ._mutant import IsolatedMutant
from ._parent import TABLE_NAME, ConstructFn, Constructor, Edition, Kind


class UnboundFindsTheLast(IsolatedMutant):
    """A context that has bound nothing finds what was bound last."""

    caught_by = "isolation.no-binding-is-error"
    through = "not found"
    also = frozenset(
        {
            "isolation.every-interleaving",
            "isolation.greenlets",
            "isolation.tasks",
            "isolation.threads",
        }
    )

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
    also = frozenset({"isolation.every-interleaving"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._made_in = threading.get_ident()

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if threading.get_ident() == self._made_in:
            super()._bind_registered(index, reference)


ISOLATION_THREADS_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    UnboundFindsTheLast,
    UnboundIsUnknown,
    UnboundSaysNothing,
    ThreadsCountForThemselves,
    ThreadsHaveTheirConstructors,
    SourcesAreCountedByThread,
    OneThreadBindsWhatItRegisters,
)
