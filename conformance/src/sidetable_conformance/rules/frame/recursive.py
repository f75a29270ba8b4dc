"""At any depth of recursion that the interpreter allows, each call finds its own objects after the
inner one has returned or raised.

Why:
    A re-entrant call is wrong every time with one table for all, and in one thread: after the inner
    call, the outer one finds the objects of the inner.

Example:
    >>> table = SideTable()
    >>> def deep(*levels):
    ...     with table.frame(*levels[:1]):
    ...         inner = deep(*levels[1:]) if levels else []
    ...         return [table.get(0) is levels[0], *inner] if levels else []
    >>> deep(pool, other, pool, third)
    [True, True, True, True]

Causes:
    * An exception from an inner call ends the frames around it.
    * A frame is known by the code that entered it.
"""

import inspect
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.elsewhere import Seen
from sidetable_conformance.objects import Planned, Thing
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import Binding, Entry, IsolatedTable

from .nested import PLACES, objects_of

rule: Rule = Rule("frame.recursive", ISOLATION, capabilities=("frames",), needs=("frame.nested",))

ROOM: Final = 200
"""How many calls a target may nest in one operation at the innermost level."""


class _Level(NamedTuple):
    """What one call has bound, and what it saw before the inner one and after it."""

    objects: Sequence[Thing]
    before: Seen
    after: Seen


@rule.check(FOUND, NOT_FOUND)
def recursive(bench: Bench) -> None:
    """Each call finds its own objects after the inner one, also where that one has raised."""
    deepest = sys.getrecursionlimit() - _calls() - ROOM
    bench.control(deepest > 0, "the interpreter's limit leaves room for calls")
    for depth, caught_at in ((1, 1), (4, 2), (deepest, 0), (deepest, deepest // 2)):
        levels: list[_Level] = []
        _descend(bench.fresh(), depth, caught_at, levels)
        bench.control(len(levels) == depth, "every level of the recursion was seen")
        for number, level in enumerate(levels):
            for seen in (level.before, level.after):
                when = f"in call {depth - number} of {depth}"
                bench.still_finds(seen, dict(enumerate(level.objects)), PLACES, when)


def _descend(table: Driver, depth: int, caught_at: int, levels: list[_Level]) -> None:
    """Calls itself in a frame, and sees what is bound before and after.

    An exception from the innermost call is caught at the depth `caught_at`; 0 is for none.
    """
    objects = objects_of(depth)
    with table.frame(*objects):
        before = Seen(table.get, PLACES)
        error = None
        if depth > 1:
            try:
                _descend(table, depth - 1, caught_at, levels)
            except Planned as planned:
                error = planned
        elif caught_at:
            error = Planned()
        levels.append(_Level(objects, before, Seen(table.get, PLACES)))
        if error is not None and depth < caught_at:
            raise error


def _calls() -> int:
    """Returns how many calls there are up to here."""
    calls, frame = 0, inspect.currentframe()
    while frame is not None:
        calls, frame = calls + 1, frame.f_back
    return calls


# Faulty tables, which the check has to notice.


@rule.fault
class ErrorsUnbindTheFrameOutside(IsolatedTable):
    """A frame that is left by an exception ends the call, and unbinds what is outside of it."""

    def _leave(self, entry: Entry, error: object) -> None:
        super()._leave(entry, error)
        outer = self._open_entry()
        if error is not None and outer is not None:
            self._place.publish(Binding({}, outer))
