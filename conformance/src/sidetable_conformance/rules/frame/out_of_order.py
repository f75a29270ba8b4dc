"""Leaving a frame that is not the innermost, twice, or in another context is an error; its objects
are released, no other frame's binding changes, and leaving the rest in order ends with what was
found at the start.

Why:
    Generators and coroutines that are driven by hand can leave frames in any order. Silently, the
    next lookup would find what another call has bound.

Example:
    >>> table = SideTable()
    >>> outer, inner = table.frame(pool), table.frame(other)
    >>> entered = outer.__enter__(), inner.__enter__()
    >>> with suppress(RuntimeError):
    ...     outer.__exit__(None, None, None)
    >>> table.get(0) is other
    True

Causes:
    * Whichever frame is left, what it found is put back.
    * The copy of a context is not told from the context.
    * A frame that cannot be left goes on to hold its objects.
"""

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from itertools import permutations, product
from typing import Final, TypeAlias

from sidetable_conformance.bench import DEAD, FACT, FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.driver import Block, Driver
from sidetable_conformance.elsewhere import Seen, elsewhere
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Crowd, store_things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import (
    Binding,
    Entry,
    Frame,
    IsolatedTable,
    close,
    is_here,
    open_below,
    refuse,
)
from sidetable_source import FrameError

rule: Rule = Rule(
    "frame.out-of-order", ISOLATION, capabilities=("frames",), needs=("frame.holds", "frame.nested")
)

PLACES: Final = range(5)
_Saw: TypeAlias = tuple[bool, list[Thing], Seen]
_Leave: TypeAlias = Callable[[Driver, Block], _Saw]
_Run: TypeAlias = Callable[[Callable[[], _Saw]], _Saw]


@rule.check(FOUND, NOT_FOUND, RAISED, DEAD, FACT)
def out_of_order(bench: Bench) -> None:
    """In every order of three frames, again when they have ended, and in other contexts."""
    for stored, order in product((None, 0, 2), permutations(range(3))):
        table = bench.fresh()
        _kept = store_things(table, stored)
        bound: list[dict[int, object]] = [bench.finds(table, PLACES)]
        crowds = [Crowd(*things(number + 1, f"frame {number}, ")) for number in range(3)]
        frames = [table.frame(*crowd.all()) for crowd in crowds]
        for crowd, frame in zip(crowds, frames, strict=True):
            frame.__enter__()
            bound.append(dict(enumerate(crowd.all())))
        is_open = [0, 1, 2]
        for number in (*order, *order):
            when = f"frames left in the order {order}, then again, at frame {number}"
            if is_open[-1:] == [number]:
                frames[number].leave()
            else:
                bench.raised(Exception, frames[number].leave, when)
            if number in is_open:
                is_open.remove(number)
            bound[number + 1].clear()
            crowds[number].drop_all()
            crowds[number].dead(bench, "an object of a frame", when)
            innermost = is_open[-1] + 1 if is_open else 0
            bench.still_finds(table, bound[innermost], PLACES, when)
    for (place, run), (how, left) in product(_ELSEWHERE.items(), _WAYS.items()):
        _in_another_context(bench, run, left, f"a frame left in {place}{how}")


def _in_another_context(bench: Bench, run: _Run, left: _Leave, when: str) -> None:
    table = bench.fresh()
    kept = store_things(table, 3)
    outer, inner = Crowd(*things(2, "outer ")), Crowd(*things(1, "inner "))
    outer_frame, inner_frame = table.frame(*outer.all()), table.frame(*inner.all())
    with outer_frame:
        inner_frame.__enter__()
        try:
            was_refused, own, seen = run(partial(left, table, inner_frame))
        except NotTestable:
            inner_frame.leave()  # so that leaving the outer one is no failure
            raise
        bench.require(was_refused, when, "an exception", "none")
        inner.drop_all()
        inner.dead(bench, "an object of a frame", f"after {when}")
    at_end = Seen(table.get, range(len(kept)))
    for finder, objects in ((seen, own), (at_end, kept)):
        bench.all_found(finder, objects, f"after {when}")


def _refused(frame: Block) -> bool:
    try:
        frame.leave()
    except Exception:  # noqa: BLE001  # which one it is, is for the implementation to say
        return True
    return False


def _alone(table: Driver, frame: Block) -> _Saw:
    return _refused(frame), [], Seen(table.get, ())


def _in_another_frame(table: Driver, frame: Block) -> _Saw:
    own = things(2, "in another context ")
    with table.frame(*own):
        return _refused(frame), own, Seen(table.get, range(2))


_WAYS: Final[dict[str, _Leave]] = {"": _alone, ", in a frame": _in_another_frame}
_ELSEWHERE: Final[dict[str, _Run]] = {
    "another thread": elsewhere,
    "a copy of its context": lambda body: copy_context().run(body),
}


# Faulty tables, which the check has to notice.


@rule.fault
class OutOfOrderIsSilent(IsolatedTable):
    """A frame that is not the innermost ends without an error."""

    def _leave(self, entry: Entry, error: object) -> None:
        if entry.is_open and self._open_entry() is not entry and is_here(entry):
            close(entry)
        else:
            super()._leave(entry, error)


@rule.fault
class LeftTwiceIsSilent(IsolatedTable):
    """A frame that has ended can be left again."""

    def _leave(self, entry: Entry, error: object) -> None:
        if entry.is_open:
            super()._leave(entry, error)


@rule.fault
class OutOfOrderKeepsTheObjects(IsolatedTable):
    """What is refused changes nothing, and a frame that cannot be left holds its objects."""

    def _exit(self, frame: Frame, error: object) -> bool | None:
        held = frame.held
        try:
            return super()._exit(frame, error)
        except FrameError:
            frame.held = held
            raise


@rule.fault
class OutOfOrderEndsTheInnermost(IsolatedTable):
    """Whichever frame is left out of order, what it found is put back."""

    def _leave(self, entry: Entry, error: object) -> None:
        is_innermost = self._open_entry() is entry
        if entry.is_open and not is_innermost and is_here(entry):
            self._place.publish(open_below(entry.found))
        super()._leave(entry, error)


@rule.fault
class OutOfOrderComesBack(IsolatedTable):
    """A frame puts back what it found, although the frame that had bound that has ended."""

    def _leave(self, entry: Entry, error: object) -> None:
        super()._leave(entry, error)
        self._place.publish(entry.found)


@rule.fault
class LeftElsewhereIsSilent(IsolatedTable):
    """In a context in which no frame is open, any frame can be left."""

    def _leave(self, entry: Entry, error: object) -> None:
        if entry.is_open and self._open_entry() is None:
            close(entry)
        else:
            super()._leave(entry, error)


@rule.fault
class LeftInACopyIsFine(IsolatedTable):
    """The copy of a context is not told from the context, and a frame can be left in either."""

    def _leave(self, entry: Entry, error: object) -> None:
        if entry.is_open and not is_here(entry) and self._open_entry() is entry:
            close(entry)
            self._place.publish(open_below(entry.found))
        else:
            super()._leave(entry, error)


@rule.fault
class LeftElsewhereHolds(OutOfOrderKeepsTheObjects):
    """A frame that is left in another context goes on to hold its objects."""

    def _exit(self, frame: Frame, error: object) -> bool | None:
        if frame.entry is None or is_here(frame.entry):
            return IsolatedTable._exit(self, frame, error)
        return super()._exit(frame, error)


@rule.fault
class LeftElsewhereUnbinds(IsolatedTable):
    """A frame that is left in another context unbinds what is bound there."""

    def _leave(self, entry: Entry, error: object) -> None:
        if entry.is_open and not is_here(entry):
            close(entry)
            self._place.publish(Binding({}, self._open_entry()))
            refuse("left in another context")
        super()._leave(entry, error)


@rule.fault
class LeftElsewhereSticks(IsolatedTable):
    """The frame outside of one that was left elsewhere is taken for not the innermost."""

    def _leave(self, entry: Entry, error: object) -> None:
        binding = self._place.binding
        within = None if binding is None else binding.entry
        if entry.is_open and within not in (None, entry):
            close(entry)
            refuse("left out of order")
        super()._leave(entry, error)
