"""Faults of frames in frames."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ._contexts import Binding, Entry, Reference, references_of
from ._mutant import IsolatedMutant

_MOST: Final = 1_000


class FramesRestoreTheOutermost(IsolatedMutant):
    """A frame that is left puts back what the outermost one found."""

    caught_by = "frame.nested"
    through = "found"
    also = frozenset(
        {
            "entry.isolated",
            "frame.out-of-order",
            "frame.recursive",
            "frame.set",
            "handle.resolves-anywhere",
            "handle.unknown",
            "snapshot.concurrent",
        }
    )

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        while (outer := self._open_entry()) is not None:
            self._place.publish(outer.found)


class FramesAreLimited(IsolatedMutant):
    """There is room for a thousand frames, and one more binds nothing."""

    caught_by = "frame.nested"
    through = "found"

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        self._open = getattr(self, "_open", 0) + 1
        return super()._enter(references if self._open <= _MOST else {})

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        self._open -= 1
        super()._leave(entry, error)


class FrameFindsWhatIsBelow(IsolatedMutant):
    """An index that a frame does not bind means what it meant outside."""

    caught_by = "frame.nested"
    through = "not found"
    also = frozenset(
        {
            "entry.isolated",
            "frame.out-of-order",
            "frame.recursive",
            "frame.set",
            "handle.resolves-anywhere",
            "snapshot.reenter",
        }
    )

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        found = self._place.binding
        below = references_of(found)
        return super()._enter({**below, **references})


class ErrorsUnbindTheFrameOutside(IsolatedMutant):
    """A frame that is left by an exception ends the call, and unbinds what is outside of it."""

    caught_by = "frame.recursive"
    through = "found"
    also = frozenset({"entry.isolated"})

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        outer = self._open_entry()
        if error is not None and outer is not None:
            self._place.publish(Binding({}, outer))


FRAME_DEPTH_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    FramesRestoreTheOutermost,
    FramesAreLimited,
    FrameFindsWhatIsBelow,
    ErrorsUnbindTheFrameOutside,
)
