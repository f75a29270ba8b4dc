"""Faults in handles."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from sidetable_source import StaleHandleError, UnknownHandleError, WrongTableError

from ._contexts import Binding, Entry, Reference
from ._frames import HANDLES, Frame
from ._mutant import IsolatedMutant
from ._parent import Edition


class _Named(Frame):
    @property
    def handle(self) -> Any:  # which is not always an int, for a fault
        return self._table._named(super().handle, self._entry)  # type: ignore[attr-defined]  # see below


class _Naming(IsolatedMutant):
    """Has handles of its own, each for the one that the parent would give."""

    def frame(self, *objects: object) -> Frame:
        return _Named(self, objects)

    @abstractmethod
    def _named(self, handle: int, entry: Entry | None) -> object: ...

    @abstractmethod
    def _handle(self, named: Any) -> int: ...

    def resolve(self, handle: Any, index: int) -> object:
        return super().resolve(self._handle(handle), index)


class HandleIsAText(_Naming):
    """A handle is a text, which says the number."""

    caught_by = "handle.resolves-anywhere"
    through = "fact"

    def _named(self, handle: int, entry: Entry | None) -> object:
        return str(handle)

    def _handle(self, named: Any) -> int:
        return int(named)


class HandleIsLarge(_Naming):
    """A handle takes up to 128 bits."""

    caught_by = "handle.resolves-anywhere"
    through = "fact"
    also = frozenset({"handle.unknown"})

    def _named(self, handle: int, entry: Entry | None) -> object:
        return handle << 64

    def _handle(self, named: Any) -> int:
        return named >> 64 if named >= 1 << 64 else -1


class HandleNeedsItsContext(IsolatedMutant):
    """A handle is looked for in the frames that are open where it is resolved."""

    caught_by = "handle.resolves-anywhere"
    through = "found"

    def resolve(self, handle: int, index: int) -> object:
        HANDLES.entry_of(handle)
        entry = self._open_entry()
        while entry is not None and entry.handle != handle:
            entry = None if entry.found is None else entry.found.entry
        return self._find(None if entry is None else entry.binding, index)


class HandleOfTheInnermost(IsolatedMutant):
    """A handle finds what is bound where it is resolved, if anything is."""

    caught_by = "handle.resolves-anywhere"
    through = "found"

    def resolve(self, handle: int, index: int) -> object:
        found = super().resolve(handle, index)
        return found if self._place.binding is None else self.get(index)


class HandleFindsWhatTheFrameBegan(IsolatedMutant):
    """A handle finds what its frame was entered with, whatever was bound in it since."""

    caught_by = "handle.resolves-anywhere"
    through = "found"
    also = frozenset({"isolation.every-interleaving", "lifetime.dropped-tables"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._began: Final[dict[int, Binding | None]] = {}

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entry = super()._enter(references)
        self._began[entry.handle] = entry.binding
        return entry

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        self._began.pop(entry.handle, None)

    def resolve(self, handle: int, index: int) -> object:
        if HANDLES.entry_of(handle).owner != self._place.number:
            return super().resolve(handle, index)
        return self._find(self._began[handle], index)


class ResolveGoesOnBelow(IsolatedMutant):
    """An index that a frame does not bind is looked for in the frame outside."""

    caught_by = "handle.resolves-anywhere"
    through = "not found"
    also = frozenset({"handle.wrong-table"})

    def resolve(self, handle: int, index: int) -> object:
        binding = HANDLES.entry_of(handle).binding
        if binding is not None and index not in binding.references and binding.entry is not None:
            binding = binding.entry.found
        return super().resolve(handle, index) if binding is None else self._find(binding, index)


class StaleIsNone(IsolatedMutant):
    """The handle of a frame that has ended finds None."""

    caught_by = "handle.stale"
    through = "raised"
    also = frozenset({"handle.unknown", "handle.wrong-table", "isolation.every-interleaving"})

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except StaleHandleError:
            return None


class StaleIsUnknown(IsolatedMutant):
    """Handles are forgotten with their frames, and then were never given out."""

    caught_by = "handle.stale"
    through = "fact"
    also = frozenset({"handle.unknown"})

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except StaleHandleError:
            raise UnknownHandleError(handle) from None


class HandlesAreGivenOutAgain(_Naming):
    """After some hundreds, handles begin anew."""

    caught_by = "handle.stale"
    through = "fact 2"
    also = frozenset({"handle.wrong-table"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._numbers = count()
        self._given: dict[int, int] = {}

    def _named(self, handle: int, entry: Entry | None) -> object:
        number = next(self._numbers) % 999
        self._given[number] = handle
        return number

    def _handle(self, named: Any) -> int:
        return self._given.get(named, -1)


class HandleFindsWhatACopyBinds(IsolatedMutant):
    """A store in a copy of a frame's context is found by the handle of the frame."""

    caught_by = "handle.resolves-anywhere"
    through = "found"

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        binding = self._place.binding
        if binding is not None and binding.entry is not None:
            binding.entry.binding = binding


class UnknownIsNone(IsolatedMutant):
    """A number that never was a handle finds None."""

    caught_by = "handle.unknown"
    through = "raised"
    also = frozenset({"handle.stale", "handle.wrong-table"})

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except UnknownHandleError:
            return None


class HandleIsCutOff(IsolatedMutant):
    """Of a handle only the low 63 bits are looked at."""

    caught_by = "handle.unknown"
    through = "raised"

    def resolve(self, handle: int, index: int) -> object:
        return super().resolve(handle % (1 << 63) if handle > 0 else handle, index)


class UnknownIsALookupError(IsolatedMutant):
    """The error for a number that never was a handle is the parent of the others."""

    caught_by = "handle.unknown"
    through = "fact"
    also = frozenset({"handle.stale", "handle.wrong-table"})

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except UnknownHandleError as error:
            raise LookupError(handle) from error


class AnyTableResolves(IsolatedMutant):
    """Every table resolves the handles of all."""

    caught_by = "handle.wrong-table"
    through = "raised"

    def resolve(self, handle: int, index: int) -> object:
        return self._find(HANDLES.entry_of(handle).binding, index)


class WrongTableIsUnknown(IsolatedMutant):
    """A table takes another one's handle for a number that never was one."""

    caught_by = "handle.wrong-table"
    through = "fact"

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except WrongTableError:
            raise UnknownHandleError(handle) from None


HANDLE_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    HandleIsAText,
    HandleIsLarge,
    HandleNeedsItsContext,
    HandleOfTheInnermost,
    HandleFindsWhatTheFrameBegan,
    HandleFindsWhatACopyBinds,
    ResolveGoesOnBelow,
    StaleIsNone,
    StaleIsUnknown,
    HandlesAreGivenOutAgain,
    UnknownIsNone,
    HandleIsCutOff,
    UnknownIsALookupError,
    AnyTableResolves,
    WrongTableIsUnknown,
)
