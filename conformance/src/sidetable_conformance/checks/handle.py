"""Numbers that name open frames, for code that shares no context."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import product
from typing import Final

from sidetable_conformance.bench.bench import FACT, FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.elsewhere import Seen, elsewhere
from sidetable_conformance.objects.describe import Caught, describe
from sidetable_conformance.objects.things import things
from sidetable_conformance.targets.driver import Driver

PLACES: Final = range(4)
LIMIT: Final = 2**63
MANY: Final = 1_000

STALE: Final = "the handle of a frame that has ended"
UNKNOWN: Final = "a number that never was a handle"
WRONG_TABLE: Final = "the handle of another table's frame"
UNBOUND: Final = "an index that the frame does not bind"


@check("handle.resolves-anywhere", FOUND, NOT_FOUND, FACT)
def resolves_anywhere(bench: Bench) -> None:
    """Of each of several open frames, here and elsewhere, also when inner ones ended or stored."""
    table = bench.fresh()
    objects = [things(count, f"frame {number}, ") for number, count in enumerate((2, 3, 1, 1))]
    frames = [table.frame(*each) for each in objects]
    handles: list[int] = []
    for frame in frames:
        frame.__enter__()
        handle = frame.handle
        right = type(handle) is int and 0 <= handle < LIMIT
        bench.require(right, "the handle of a frame", "an int below 2**63", describe(handle))
        handles.append(handle)
    table.store(*things(2, "stored first in frame 3, "))
    objects[-1] = things(2, "stored in frame 3, ")
    table.store(*objects[-1])
    elsewhere_stored = things(2, "stored in a copy, ")
    if bench.has("tasks"):
        copy_context().run(table.store, *elsewhere_stored)
    looks: list[tuple[int, str, Seen]] = []
    for is_open in (4, 3, 2, 1):
        for number, where in product(range(is_open), _WHERE):
            look = partial(Seen, partial(table.resolve, handles[number]), PLACES)
            when = f"by the handle of frame {number} of {is_open}, {where}"
            looks.append((number, when, _WHERE[where](look)))
        frames[is_open - 1].leave()
    for number, when, seen in looks:
        bench.still_finds(seen, dict(enumerate(objects[number])), PLACES, when)
    del elsewhere_stored


def _here(look: Callable[[], Seen]) -> Seen:
    return look()


_WHERE: Final[dict[str, Callable[[Callable[[], Seen]], Seen]]] = {
    "in its own thread": _here,
    "in a thread that has bound nothing": elsewhere,
}


@check("handle.stale", RAISED, FACT)
def stale(bench: Bench) -> None:
    """However its frame has ended, the error is like no other; no frame has another's handle."""
    for way, left in _WAYS_TO_LEAVE.items():
        table = bench.fresh()
        handle = left(table)
        _error_of_its_own(bench, table, f"{STALE}, {way}", partial(table.resolve, handle, 0))
    tables = [bench.fresh()]
    if bench.has("tables"):
        tables.append(bench.another())
    handles: set[int] = set()
    for number in range(MANY):
        with tables[number % len(tables)].frame() as frame:
            handles.add(frame.handle)
    many = f"{len(handles)} different handles"
    bench.require(len(handles) == MANY, f"{MANY} frames", f"{MANY} different handles", many)


def _normally(table: Driver) -> int:
    with table.frame(*things(1)) as frame:
        handle: int = frame.handle
    return handle


def _by_an_exception(table: Driver) -> int:
    handle = -1
    with suppress(LookupError), table.frame(*things(1)) as frame:
        handle = frame.handle
        raise LookupError
    return handle


def _out_of_order(table: Driver) -> int:
    outer = table.frame(*things(1))
    outer.__enter__()
    handle: int = outer.handle
    with table.frame(*things(2)), suppress(Exception):
        outer.leave()
    return handle


_WAYS_TO_LEAVE: Final[dict[str, Callable[[Driver], int]]] = {
    "normally": _normally,
    "by an exception": _by_an_exception,
    "out of order": _out_of_order,
}


@check("handle.unknown", RAISED, FACT)
def unknown(bench: Bench) -> None:
    """Numbers that no handle can be, some of which have the digits of one."""
    table = bench.fresh()
    with table.frame(*things(1)) as frame:
        # That it is an int at all is asked elsewhere.
        handle = frame.handle if type(frame.handle) is int else 0
        for number in (-1, -handle - 1, LIMIT, LIMIT + handle, 2 * LIMIT + handle):
            _error_of_its_own(bench, table, UNKNOWN, partial(table.resolve, number, 0))


@check("handle.wrong-table", RAISED, FACT)
def wrong_table(bench: Bench) -> None:
    """With a frame of its own open or without, a table does not know another one's handle."""
    table = bench.fresh()
    other = bench.another()
    with table.frame(*things(1)) as frame:
        _error_of_its_own(bench, other, WRONG_TABLE, partial(other.resolve, frame.handle, 0))


def _error_of_its_own(
    bench: Bench, table: Driver, what: str, resolve: Callable[[], object]
) -> None:
    """Requires that an operation raises, and what none of the others does."""
    ended = _normally(table)
    with table.frame(*things(1, "live ")) as live:
        asked: dict[str, Callable[[], object]] = {
            STALE: partial(table.resolve, ended, 0),
            UNKNOWN: partial(table.resolve, -1, 0),
            UNBOUND: partial(table.resolve, live.handle, 1),
            what: resolve,
        }
        came = {
            name: bench.raised(Exception, ask, f"resolve of {name}") for name, ask in asked.items()
        }
    for name, other in came.items():
        if not what.startswith(name):
            apart = _apart(came[what], other)
            seen = f"{came[what].text}, and {other.text}"
            expected = "types of which neither is a kind of the other"
            bench.require(apart, f"{what}, and {name}", expected, seen)


def _apart(one: Caught, other: Caught) -> bool:
    if one.said or other.said:
        return one.said != other.said
    return not (issubclass(one.kind, other.kind) or issubclass(other.kind, one.kind))
