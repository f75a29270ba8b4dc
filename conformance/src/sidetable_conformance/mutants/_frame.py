"""Faults in what a frame puts back."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Final

from ._contexts import Binding, Entry, Reference, references_of
from ._frames import Frame, close
from ._mutant import IsolatedMutant


class _Swallowing(Frame):
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        super().__exit__(kind, error, traceback)
        return True


class FrameSwallowsExceptions(IsolatedMutant):
    """The exit of a frame returns what is true, and no exception comes out of it."""

    caught_by = "frame.restores"
    through = "fact"
    also = frozenset({"entry.isolated"})

    def frame(self, *objects: object) -> Frame:
        return _Swallowing(self, objects)


class FrameRestoresNothing(IsolatedMutant):
    """A frame that is left unbinds everything, whatever it found."""

    caught_by = "frame.restores"
    through = "found"
    also = frozenset(
        {
            "entry.isolated",
            "frame.nested",
            "frame.out-of-order",
            "frame.recursive",
            "frame.set",
            "handle.resolves-anywhere",
            "handle.unknown",
            "isolation.every-interleaving",
            "isolation.greenlets",
            "isolation.tables",
            "isolation.tasks",
            "isolation.threads",
            "snapshot.concurrent",
            "snapshot.reenter",
        }
    )

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        self._place.publish(None)


class FrameRestoresTheIndicesThatItFound(IsolatedMutant):
    """A frame puts back each index that it found bound, and its other indices stay."""

    caught_by = "frame.restores"
    through = "not found"
    also = frozenset(
        {
            "entry.isolated",
            "frame.nested",
            "frame.recursive",
            "frame.set",
            "handle.resolves-anywhere",
            "isolation.every-interleaving",
            "snapshot.concurrent",
            "snapshot.wrap",
        }
    )

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        own = entry.binding
        super()._leave(entry, error)
        found = self._place.binding
        before = references_of(found)
        if own is not None and own.references.keys() - before.keys():
            self._place.publish(Binding({**own.references, **before}, self._open_entry()))


class FrameLeavesAnEmptyBinding(IsolatedMutant):
    """Where nothing was bound, a frame that is left binds an empty store."""

    caught_by = "frame.restores"
    through = "fact 2"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        if self._place.binding is None:
            self._place.publish(Binding({}))


class FrameStaysOnInterrupt(IsolatedMutant):
    """A frame restores in an `except Exception`, which an interrupt does not come through."""

    caught_by = "frame.restores"
    through = "found"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if error is None or isinstance(error, Exception):
            super()._leave(entry, error)
        else:
            close(entry)


class FrameLeavesWhatWasStored(IsolatedMutant):
    """A frame only takes off the binding that it made, and not one that was stored since."""

    caught_by = "frame.restores"
    through = "found"
    also = frozenset(
        {
            "entry.isolated",
            "frame.nested",
            "frame.out-of-order",
            "frame.recursive",
            "frame.set",
            "handle.resolves-anywhere",
            "isolation.greenlets",
            "isolation.tasks",
            "isolation.threads",
            "snapshot.concurrent",
            "snapshot.reenter",
        }
    )

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entry = super()._enter(references)
        self._entered: Binding | None = entry.binding
        return entry

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        binding = self._place.binding
        super()._leave(entry, error)
        if binding is not None and binding.entry is entry and binding is not self._entered:
            self._place.publish(Binding(binding.references))


FRAME_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    FrameSwallowsExceptions,
    FrameRestoresNothing,
    FrameRestoresTheIndicesThatItFound,
    FrameLeavesAnEmptyBinding,
    FrameStaysOnInterrupt,
    FrameLeavesWhatWasStored,
)
