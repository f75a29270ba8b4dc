"""Faults in what a frame keeps alive, and in what is set in it."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Final

from ._contexts import Binding, Entry, Reference, references_of
from ._frames import Frame
from ._isolated import IsolatedTable
from ._mutant import IsolatedMutant
from ._parent import Edition


class FrameHoldsWeakly(IsolatedMutant):
    """A frame holds its objects no more than a store does."""

    caught_by = "frame.holds"
    through = "alive"
    also = frozenset({"hold.frame"})

    def frame(self, *objects: object) -> Frame:
        frame = super().frame(*objects)
        frame._held = []
        return frame


class FrameHoldsWhatItFound(IsolatedMutant):
    """A frame keeps alive what it puts back."""

    caught_by = "frame.holds"
    through = "dead"
    also = frozenset({"frame.out-of-order"})

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        found = self._place.binding
        entry = super()._enter(references)
        if found is not None:
            entry.values[-1] = [self._dereference(each) for each in found.references.values()]
        return entry


class _Keeping(Frame):
    def __init__(self, table: IsolatedTable, objects: Sequence[object]) -> None:
        super().__init__(table, objects)
        self._kept = self._held


class FrameKeepsItsObjects(IsolatedMutant):
    """A frame that was left, and that somebody has still, keeps its objects alive."""

    caught_by = "frame.holds"
    through = "dead 2"
    also = frozenset({"frame.out-of-order"})

    def frame(self, *objects: object) -> Frame:
        return _Keeping(self, objects)


class ContextKeepsTheObjects(IsolatedMutant):
    """A binding holds what a frame has bound, and so does every copy of its context."""

    caught_by = "frame.holds"
    through = "dead 2"
    also = frozenset({"frame.out-of-order", "hold.frame", "snapshot.bounded-life"})

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        held = {
            index: functools.partial(_identity, self._dereference(reference))
            for index, reference in references.items()
        }
        return super()._enter(held)


def _identity(value: object) -> object:
    return value


class FrameIsListedWhenMade(IsolatedMutant):
    """A table lists its frames from when they are made until they are left."""

    caught_by = "frame.holds"
    through = "dead 3"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._frames: list[Frame] = []

    def frame(self, *objects: object) -> Frame:
        frame = super().frame(*objects)
        self._frames.append(frame)
        return frame

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        self._frames = [frame for frame in self._frames if frame._entry is not entry]
        super()._leave(entry, error)


class SetInAFrameIsASetBelow(IsolatedMutant):
    """A set in a frame is made in the binding that the frame found."""

    caught_by = "frame.set"
    through = "found"

    def _publish_set(
        self, over: Binding | None, index: int, reference: Reference, owner: object
    ) -> None:
        if over is not None and over.entry is not None and over.entry.is_open:
            over.entry.values[index] = owner
        else:
            super()._publish_set(over, index, reference, owner)


class SetInAFrameBindsWhatIsBelow(IsolatedMutant):
    """A set in a frame begins with what the frame found, and adds what the frame has bound."""

    caught_by = "frame.set"
    through = "not found"

    def _publish_set(
        self, over: Binding | None, index: int, reference: Reference, owner: object
    ) -> None:
        if over is not None and over.entry is not None and over.entry.found is not None:
            below = over.entry.found.references
            over = Binding({**below, **over.references}, over.entry)
        super()._publish_set(over, index, reference, owner)


class SetInAFrameHoldsWeakly(IsolatedMutant):
    """A set in a frame leaves it to the caller to keep the object alive."""

    caught_by = "frame.set"
    through = "alive"

    def _publish_set(
        self, over: Binding | None, index: int, reference: Reference, owner: object
    ) -> None:
        super()._publish_set(over, index, reference, owner)
        entry = self._open_entry()
        if entry is not None:
            entry.values.clear()


class SetInAFrameIsKeptByTheBinding(IsolatedMutant):
    """What was set goes with the binding, which a copied context keeps."""

    caught_by = "frame.set"
    through = "dead"

    def _publish_set(
        self, over: Binding | None, index: int, reference: Reference, owner: object
    ) -> None:
        if self._open_entry() is not None:
            reference = functools.partial(_identity, owner)
        super()._publish_set(over, index, reference, owner)


class FrameLeavesWhatWasSet(IsolatedMutant):
    """What was set in a frame is set in the store that it puts back, too."""

    caught_by = "frame.set"
    through = "found 2"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        own = references_of(entry.binding)
        were_set = {index: own[index] for index in entry.values}
        super()._leave(entry, error)
        found = self._place.binding
        if found is not None and found.entry is None:
            self._publish({**found.references, **were_set}, found)


FRAME_LIFE_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    FrameHoldsWeakly,
    FrameHoldsWhatItFound,
    FrameKeepsItsObjects,
    ContextKeepsTheObjects,
    FrameIsListedWhenMade,
    SetInAFrameIsASetBelow,
    SetInAFrameBindsWhatIsBelow,
    SetInAFrameHoldsWeakly,
    SetInAFrameIsKeptByTheBinding,
    FrameLeavesWhatWasSet,
)
