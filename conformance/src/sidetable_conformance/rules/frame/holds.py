"""A frame keeps its objects alive, temporaries included, from when it is made until it ends and not
longer, whoever still has the frame or a copy of its context; what it found it keeps no more alive
than a store does.

Why:
    Whoever calls a graph may have no other reference to what was fetched for it. Held longer, each
    call would leak its objects, as a task that was started in it has a copy of its context.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> seen = weakref.ref(mine)
    >>> with table.frame(mine):
    ...     del mine
    ...     seen() is table.get(0) is not None
    True
    >>> seen() is None
    True

Causes:
    * A frame refers weakly to its objects.
    * The binding holds the objects, and with it every copy of the context.
    * The frame is not emptied when it is left.
"""

from collections.abc import Mapping
from contextvars import Context, copy_context
from functools import partial
from itertools import product

from sidetable_conformance.bench import ALIVE, DEAD, Bench
from sidetable_conformance.objects import REFERENCEABLE, Thing, things
from sidetable_conformance.registering import Crowd
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Reference
from sidetable_conformance.tables.isolated import Entry, Frame, IsolatedTable, references_of

from .restores import raise_error

rule: Rule = Rule("frame.holds", ISOLATION, capabilities=("frames",), needs=("frame.restores",))


@rule.check(DEAD, ALIVE)
def holds(bench: Bench) -> None:
    """Objects of every kind live as long as the frame, and nothing else lives longer for it."""
    errors = (None, Exception("leaves the frame"), KeyboardInterrupt("leaves the frame"))
    for error, dropped in product(errors, range(2)):
        table = bench.fresh()
        outer = Crowd(*things(2, "stored "))
        table.store(*outer.all())
        crowd = Crowd(*(kind.make() for kind in REFERENCEABLE))
        copied: list[Context] = []
        frame = table.frame(*crowd.all())
        crowd.drop_all()
        try:
            with frame:
                copied.append(copy_context())
                outer.drop(dropped)
                outer.dead(bench, "an object that was bound before", "inside a frame")
                crowd.alive(bench, "an object of a frame", "that nobody else has")
                raise_error(error)
        except (Exception, KeyboardInterrupt) as came:
            if came is not error:
                raise
            came.__traceback__ = None  # it leads to the frame
        crowd.dead(bench, "an object of a frame", "that was left, though its context was copied")
    crowd = Crowd(Thing("a temporary"))
    frame = bench.fresh().frame(*crowd.all())
    crowd.drop_all()
    del frame
    crowd.dead(bench, "an object of a frame", "that was dropped before it was entered")


# Faulty tables, which the check has to notice.


@rule.fault
class FrameHoldsWeakly(IsolatedTable):
    """A frame holds its objects no more than a store does."""

    def frame(self, *objects: object) -> Frame:
        frame = super().frame(*objects)
        frame.held = []
        return frame


@rule.fault
class FrameKeepsItsObjects(IsolatedTable):
    """A frame that was left, and that somebody has still, keeps its objects alive."""

    def _exit(self, frame: Frame, error: object) -> bool | None:
        frame.__dict__["kept"] = frame.held
        return super()._exit(frame, error)


@rule.fault
class ContextKeepsTheObjects(IsolatedTable):
    """A binding holds what a frame has bound, and so does every copy of its context."""

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        return super()._enter(
            {index: partial(_same, self._dereference(it)) for index, it in references.items()}
        )


def _same(value: object) -> object:
    return value


@rule.fault
class FrameIsListedWhenMade(IsolatedTable):
    """A table lists its frames from when they are made until they are left."""

    def _begin(self) -> None:
        self._frames: list[Frame] = []

    def frame(self, *objects: object) -> Frame:
        frame = super().frame(*objects)
        self._frames.append(frame)
        return frame

    def _leave(self, entry: Entry, error: object) -> None:
        self._frames = [frame for frame in self._frames if frame.entry is not entry]
        super()._leave(entry, error)


@rule.fault
class FrameHoldsTheLastItFound(IsolatedTable):
    """A frame keeps the last object alive that was bound when it was entered."""

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        found = [*references_of(self._place.binding).values()]
        entry = super()._enter(references)
        entry.values[-1] = [self._dereference(each) for each in found[-1:]]
        return entry
