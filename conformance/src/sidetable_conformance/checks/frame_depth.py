"""Frames in frames, as deep as they go."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from sidetable_conformance.bench.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.elsewhere import Seen
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Block, Driver

PLACES: Final = range(4)
DEEP: Final = 2_000
"""Deeper than calls can be nested by default, for what does not nest calls."""

ROOM: Final = 200
"""How many calls a target may nest in one operation at the innermost level."""


@final
@dataclass(frozen=True, slots=True)
class _Level:
    """What one call has bound, and what it saw before the inner one and after it."""

    objects: Sequence[Thing]
    before: Seen
    after: Seen


@check("frame.nested", FOUND, NOT_FOUND)
def nested(bench: Bench) -> None:
    """Each level finds its own objects when it is entered, and when the inner ones have ended."""
    for depth in (2, 5, DEEP):
        table = bench.fresh()
        bound = [_objects(0)]
        table.store(*bound[0])
        before = [Seen(table.get, PLACES)]
        frames: list[Block] = []
        for level in range(1, depth + 1):
            bound.append(_objects(level))
            frames.append(table.frame(*bound[level]))
            frames[-1].__enter__()
            before.append(Seen(table.get, PLACES))
        while frames:
            frames.pop().leave()
            for seen in (before[len(frames)], Seen(table.get, PLACES)):
                when = f"in frame {len(frames)} of {depth}"
                bench.still_finds(seen, dict(enumerate(bound[len(frames)])), PLACES, when)


@check("frame.recursive", FOUND, NOT_FOUND)
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


class _Planned(Exception):  # noqa: N818  # no error, but a way back
    """Comes from the innermost call."""


def _descend(table: Driver, depth: int, caught_at: int, levels: list[_Level]) -> None:
    """Calls itself in a frame, and sees what is bound before and after.

    Args:
        table: The table.
        depth: How many calls there are below, with this one.
        caught_at: The depth at which an exception from the innermost call is caught; 0 for none.
        levels: What each call saw is put here.

    Raises:
        _Planned: From the innermost call, where it is to be raised.
    """
    objects = _objects(depth)
    with table.frame(*objects):
        before = Seen(table.get, PLACES)
        error = None
        if depth > 1:
            try:
                _descend(table, depth - 1, caught_at, levels)
            except _Planned as planned:
                error = planned
        elif caught_at:
            error = _Planned()
        levels.append(_Level(objects, before, Seen(table.get, PLACES)))
        if error is not None and depth < caught_at:
            raise error


def _calls() -> int:
    """Returns how many calls there are up to here."""
    calls, frame = 0, inspect.currentframe()
    while frame is not None:
        calls, frame = calls + 1, frame.f_back
    return calls


def _objects(level: int) -> list[Thing]:
    return things(level % 3 + 1, f"level {level}, ")
