"""Faults that only show when a finalizer or a construct function uses the table meanwhile."""

# A table and what it is made of are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sidetable_source import Codegen

from ._contexts import Entry, Reference
from ._fetching import Fetching
from ._frames import Frame
from ._isolated import Hold
from ._parent import ConstructFn, Constructor, Edition, Kind
from ._robust_mutant import RobustMutant
from ._robust_steps import Step, Whole


class _Guarded(RobustMutant):
    """Does something around every operation that changes the table."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._lock = threading.Lock()

    def reset(self) -> None:
        with self._guard():
            super().reset()

    def _bind(self, references: Mapping[int, Reference]) -> None:
        with self._guard():
            super()._bind(references)

    def _add(
        self,
        kind: Kind,
        value: object,
        construct_fn: ConstructFn,
        reference: Reference | None,
        hold: Hold,
    ) -> int:
        with self._guard():
            return super()._add(kind, value, construct_fn, reference, hold)

    @contextmanager
    def _guard(self) -> Generator[None, None, None]:
        with self._lock:
            yield


class LetsGoInsideItsLock(_Guarded):
    """Every change is made under a lock, and so is letting go what it has replaced."""

    caught_by = "robust.finalizer-reentrancy"
    through = "fact"


class RefusesToBeReentered(_Guarded):
    """A change in the middle of another one is an error."""

    caught_by = "robust.finalizer-reentrancy"
    through = "fact 2"
    also = frozenset({"isolation.every-interleaving", "robust.interrupt"})

    @contextmanager
    def _guard(self) -> Generator[None, None, None]:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("the table is busy")
        try:
            yield
        finally:
            self._lock.release()


class ResetUnbindsLast(RobustMutant):
    """A reset lets everything go, and then unbinds what is bound by then."""

    caught_by = "robust.finalizer-reentrancy"
    through = "fact 3"

    def reset(self) -> None:
        super().reset()
        self._place.publish(None)


class LocksWhatItWrites(RobustMutant):
    """The one step of a change is taken under a lock."""

    caught_by = "robust.finalizer-reentrancy"
    through = "fact 4"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._lock = threading.Lock()

    def _swap(self, old: Whole, new: Whole, *more: Step, entry: Entry | None = None) -> bool:
        with self._lock:
            return super()._swap(old, new, *more, entry=entry)


class DoesNotLookAgain(RobustMutant):
    """What was computed from an earlier state is published over whatever there is."""

    caught_by = "robust.finalizer-reentrancy"
    through = "fact 5"
    also = frozenset({"isolation.every-interleaving"})

    def _swap(self, old: Whole, new: Whole, *more: Step, entry: Entry | None = None) -> bool:
        return super()._swap(self._whole(), new, *more, entry=entry)


class _Live(Mapping[int, Constructor]):
    def __init__(self, table: RobustMutant) -> None:
        self._table = table

    def __getitem__(self, index: int) -> Constructor:
        return self._table._constructors[index]

    def __iter__(self) -> Iterator[int]:
        index = 0
        while index < len(self):
            yield index
            index += 1

    def __len__(self) -> int:
        return len(self._table._constructors)


class RunGoesOn(RobustMutant):
    """A run over the constructors comes to those that were registered meanwhile."""

    caught_by = "robust.constructor-reentrancy"
    through = "fact"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return _Live(self)


class ConstructorPutsBack(RobustMutant):
    """A constructor puts back what was bound before it ran."""

    caught_by = "robust.constructor-reentrancy"
    through = "found"
    also = frozenset({"robust.interrupt"})

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        constructor = super()._constructor(kind, index, construct_fn)

        def put_back(codegen: Codegen) -> None:
            before = self._place.binding
            constructor(codegen)
            self._place.publish(before)

        return put_back


class EntryTakesTheLast(RobustMutant):
    """An entry function takes what a construct function registers for what it has written."""

    caught_by = "robust.constructor-reentrancy"
    through = "found 2"

    def _fetch(
        self,
        like: Callable[..., object],
        names: Mapping[str, object],
        write: Callable[[Fetching], object],
    ) -> object:
        before = len(self._constructors)
        fetched = super()._fetch(like, names, write)
        return fetched if before == len(self._constructors) else self.get(before)


class EntryBindsMore(RobustMutant):
    """An entry function also binds what is registered while it fetches its objects."""

    caught_by = "robust.constructor-reentrancy"
    through = "not found"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._added: list[object] = []

    def _fetch(
        self,
        like: Callable[..., object],
        names: Mapping[str, object],
        write: Callable[[Fetching], object],
    ) -> object:
        before = len(self._constructors)
        fetched = super()._fetch(like, names, write)
        if before < len(self._constructors):
            self._added.append(fetched)
        return fetched

    def frame(self, *objects: object) -> Frame:
        added, self._added = self._added, []
        return super().frame(*objects, *added)


ROBUST_REENTRANCY_MUTANTS: Final[tuple[type[RobustMutant], ...]] = (
    LetsGoInsideItsLock,
    RefusesToBeReentered,
    ResetUnbindsLast,
    LocksWhatItWrites,
    DoesNotLookAgain,
    RunGoesOn,
    ConstructorPutsBack,
    EntryTakesTheLast,
    EntryBindsMore,
)
