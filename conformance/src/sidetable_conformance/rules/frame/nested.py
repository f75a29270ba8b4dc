"""At any depth of frames, each level finds its own objects, and no index that it has not bound,
when it is entered and after the inner ones have ended.

Why:
    Graphs call graphs. An index that the inner one does not bind must not find what the outer one
    has bound to it, and must be a mistake that is noticed.

Example:
    >>> table = SideTable()
    >>> with table.frame(pool, third):
    ...     with table.frame(other):
    ...         table.get(0) is other
    ...     table.get(0) is pool, table.get(1) is third
    True
    (True, True)

Causes:
    * A frame puts back what the outermost one has found, or nothing.
    * What a frame binds is put over what was bound before.
    * The number of frames is limited.
    * Objects are compared by `id()` with those of an earlier frame.
"""

from collections.abc import Mapping
from typing import Final

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Block
from sidetable_conformance.elsewhere import Seen
from sidetable_conformance.objects import Smallest, Thing, things
from sidetable_conformance.registering import REUSES
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Reference
from sidetable_conformance.tables.isolated import Entry, Frame, IsolatedTable, references_of

rule: Rule = Rule("frame.nested", ISOLATION, capabilities=("frames",), needs=("frame.restores",))

PLACES: Final = range(4)
DEEP: Final = 2_000
"""Deeper than calls can be nested by default, for what does not nest calls."""


@rule.check(FOUND, NOT_FOUND)
def nested(bench: Bench) -> None:
    """Each level finds its own objects when it is entered, and when the inner ones have ended."""
    for depth in (2, 5, DEEP):
        table = bench.fresh()
        bound = [objects_of(0)]
        table.store(*bound[0])
        before = [Seen(table.get, PLACES)]
        frames: list[Block] = []
        for level in range(1, depth + 1):
            bound.append(objects_of(level))
            frames.append(table.frame(*bound[level]))
            frames[-1].__enter__()
            before.append(Seen(table.get, PLACES))
        while frames:
            frames.pop().leave()
            for seen in (before[len(frames)], Seen(table.get, PLACES)):
                when = f"in frame {len(frames)} of {depth}"
                bench.still_finds(seen, dict(enumerate(bound[len(frames)])), PLACES, when)
    table = bench.fresh()
    for _ in range(REUSES):
        mortal = Smallest()
        with table.frame(mortal):
            when = "in a frame whose object can have the address of the last one's"
            bench.found(table, 0, mortal, when)
        del mortal


def objects_of(level: int) -> list[Thing]:
    return things(level % 3 + 1, f"level {level}, ")


# Faulty tables, which the check has to notice.

_MOST: Final = 1_000


@rule.fault
class FramesRestoreTheOutermost(IsolatedTable):
    """A frame that is left puts back what the outermost one found."""

    def _leave(self, entry: Entry, error: object) -> None:
        super()._leave(entry, error)
        while (outer := self._open_entry()) is not None:
            self._place.publish(outer.found)


@rule.fault
class FramesAreLimited(IsolatedTable):
    """There is room for a thousand frames, and one more binds nothing."""

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        self._open = getattr(self, "_open", 0) + 1
        return super()._enter(references if self._open <= _MOST else {})

    def _leave(self, entry: Entry, error: object) -> None:
        self._open -= 1
        super()._leave(entry, error)


@rule.fault
class FrameFindsWhatIsBelow(IsolatedTable):
    """An index that a frame does not bind means what it meant outside."""

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        return super()._enter({**references_of(self._place.binding), **references})


@rule.fault
class FrameComparesAddresses(IsolatedTable):
    """A frame binds again what an earlier one bound, where the addresses are the same."""

    def frame(self, *objects: object) -> Frame:
        frame = super().frame(*objects)
        known: dict[object, Mapping[int, Reference]] = self.__dict__.setdefault("_known", {})
        frame.references = dict(known.setdefault(tuple(map(id, objects)), frame.references))
        return frame
