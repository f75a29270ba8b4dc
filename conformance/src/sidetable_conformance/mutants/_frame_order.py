"""Faults of frames that are left out of order."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from types import TracebackType
from typing import Final

from sidetable_source import FrameError

from ._contexts import Binding, Entry, is_here, open_below
from ._frames import Frame, close, refuse
from ._mutant import IsolatedMutant


class _Refusing(Frame):
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        held = self._held
        try:
            super().__exit__(kind, error, traceback)
        except FrameError:
            self._held = held
            raise


class _RefusingElsewhere(_Refusing):
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        here = self._entry is None or is_here(self._entry)
        if here:
            Frame.__exit__(self, kind, error, traceback)
        else:
            super().__exit__(kind, error, traceback)


class OutOfOrderIsSilent(IsolatedMutant):
    """A frame that is not the innermost ends without an error."""

    caught_by = "frame.out-of-order"
    through = "raised"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if entry.is_open and self._open_entry() is not entry and is_here(entry):
            close(entry)
        else:
            super()._leave(entry, error)


class LeftTwiceIsSilent(IsolatedMutant):
    """A frame that has ended can be left again."""

    caught_by = "frame.out-of-order"
    through = "raised"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if entry.is_open:
            super()._leave(entry, error)


class OutOfOrderKeepsTheObjects(IsolatedMutant):
    """What is refused changes nothing, and a frame that can not be left holds its objects."""

    caught_by = "frame.out-of-order"
    through = "dead"

    def frame(self, *objects: object) -> Frame:
        return _Refusing(self, objects)


class OutOfOrderEndsTheInnermost(IsolatedMutant):
    """Whichever frame is left out of order, what it found is put back."""

    caught_by = "frame.out-of-order"
    through = "found"
    also = frozenset({"handle.stale"})

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        is_innermost = self._open_entry() is entry
        if entry.is_open and not is_innermost and is_here(entry):
            self._place.publish(open_below(entry.found))
        super()._leave(entry, error)


class OutOfOrderComesBack(IsolatedMutant):
    """A frame puts back what it found, although the frame that had bound that has ended."""

    caught_by = "frame.out-of-order"
    through = "found"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        self._place.publish(entry.found)


class LeftElsewhereIsSilent(IsolatedMutant):
    """In a context in which no frame is open, any frame can be left."""

    caught_by = "frame.out-of-order"
    through = "fact"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if entry.is_open and self._open_entry() is None:
            close(entry)
        else:
            super()._leave(entry, error)


class LeftInACopyIsFine(IsolatedMutant):
    """The copy of a context is not told from the context, and a frame can be left in either."""

    caught_by = "frame.out-of-order"
    through = "fact"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if entry.is_open and not is_here(entry) and self._open_entry() is entry:
            close(entry)
            self._place.publish(open_below(entry.found))
        else:
            super()._leave(entry, error)


class LeftElsewhereHolds(IsolatedMutant):
    """A frame that is left in another context goes on to hold its objects."""

    caught_by = "frame.out-of-order"
    through = "dead 2"

    def frame(self, *objects: object) -> Frame:
        return _RefusingElsewhere(self, objects)


class LeftElsewhereUnbinds(IsolatedMutant):
    """A frame that is left in another context unbinds what is bound there."""

    caught_by = "frame.out-of-order"
    through = "found 2"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if entry.is_open and not is_here(entry):
            close(entry)
            self._place.publish(Binding({}, self._open_entry()))
            refuse("left in another context")
        super()._leave(entry, error)


class LeftElsewhereSticks(IsolatedMutant):
    """The frame outside of one that was left elsewhere is taken for not the innermost."""

    caught_by = "frame.out-of-order"
    through = "called __exit__"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        binding = self._place.binding
        within = None if binding is None else binding.entry
        if entry.is_open and within not in (None, entry):
            close(entry)
            refuse("left out of order")
        super()._leave(entry, error)


FRAME_ORDER_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    OutOfOrderIsSilent,
    LeftTwiceIsSilent,
    OutOfOrderKeepsTheObjects,
    OutOfOrderEndsTheInnermost,
    OutOfOrderComesBack,
    LeftElsewhereIsSilent,
    LeftInACopyIsFine,
    LeftElsewhereHolds,
    LeftElsewhereUnbinds,
    LeftElsewhereSticks,
)
