"""What threads, tasks and greenlets find that bind their objects at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeAlias

from sidetable_conformance.bench.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.elsewhere import (
    Meet,
    MeetTasks,
    Seen,
    at_once,
    elsewhere,
    interleaved,
)
from sidetable_conformance.bench.greenlets import in_greenlets
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver

PLACES: Final = range(5)

MANY: Final = 3
"""How many take turns."""

STEPS: Final = 8
"""How many turns each of them has."""

_Look: TypeAlias = tuple[dict[int, object], Seen]
"""What has to be found, and what was."""

_Turns: TypeAlias = Callable[[int], Iterator[list[_Look]]]
"""Takes the turns of the one with a number, and gives the list of its looks at every wait."""

_Run: TypeAlias = Callable[[_Turns], list[list[_Look]]]
"""Lets all of them take their turns, and returns what each has seen."""


@check("isolation.threads", FOUND, NOT_FOUND)
def of_threads(bench: Bench) -> None:
    """Threads that take turns, and one that begins when they have ended."""
    for table, stored in _tables(bench):

        def run(turns: _Turns) -> list[list[_Look]]:
            looks = at_once([partial(_through, turns, number) for number in range(MANY)])
            late = elsewhere(lambda: Seen(table.get, PLACES))  # noqa: B023  # called at once
            return [*looks, [({}, late)]]

        _each_finds_its_own(bench, table, stored, "threads", run)


@check("isolation.tasks", FOUND, NOT_FOUND)
def of_tasks(bench: Bench) -> None:
    """Tasks of one event loop, which take turns at every await."""

    async def through(turns: _Turns, number: int, meet: MeetTasks) -> list[_Look]:
        taken = turns(number)
        looks = next(taken)
        for _ in taken:
            await meet()
        return looks

    def run(turns: _Turns) -> list[list[_Look]]:
        return interleaved([partial(through, turns, number) for number in range(MANY)])

    for table, stored in _tables(bench):
        _each_finds_its_own(bench, table, stored, "tasks", run)


@check("isolation.greenlets", FOUND, NOT_FOUND)
def of_greenlets(bench: Bench) -> None:
    """Greenlets of one thread, which take turns at every switch."""

    def run(turns: _Turns) -> list[list[_Look]]:
        return in_greenlets([partial(_through, turns, number) for number in range(MANY)])

    for table, stored in _tables(bench):
        _each_finds_its_own(bench, table, stored, "greenlets", run)


def _tables(bench: Bench) -> Iterator[tuple[Driver, list[Thing]]]:
    """Gives tables in which nothing was stored, or nothing but 0 or 4 objects."""
    for count in (None, 0, 4):
        table, stored = bench.fresh(), things(count or 0, "stored before ")
        if count is not None:
            table.store(*stored)
        yield table, stored


def _each_finds_its_own(
    bench: Bench, table: Driver, stored: list[Thing], who: str, run: _Run
) -> None:
    """Requires that each of them finds what it has bound itself, and so does who runs them."""
    when = f"in one of {MANY} {who} that take turns, or after them"
    refused: list[Exception] = []
    looks = run(partial(_turns, bench, table, refused))
    looks.append([(dict(enumerate(stored)), Seen(table.get, PLACES))])
    for each in looks:
        for expected, seen in each:
            bench.still_finds(seen, expected, PLACES, when)
    for error in refused:
        raise error


def _through(turns: _Turns, number: int, meet: Meet) -> list[_Look]:
    taken = turns(number)
    looks = next(taken)
    for _ in taken:
        meet()
    return looks


def _turns(
    bench: Bench, table: Driver, refused: list[Exception], number: int
) -> Iterator[list[_Look]]:
    # One after the other in a fixed order, so that nothing depends on who is faster.
    looks: list[_Look] = []
    steps = _steps(bench, table, refused, number)
    expected: dict[int, object] | None = None
    yield looks
    for turn in range(STEPS * MANY):
        if turn % MANY == number:
            expected = next(steps)
        yield looks
        if expected is not None:
            looks.append((expected, Seen(table.get, PLACES)))
        yield looks


def _steps(
    bench: Bench, table: Driver, refused: list[Exception], number: int
) -> Iterator[dict[int, object]]:
    """Binds in every way that the target has, and gives what has to be found after each."""
    own = things(number + 1, f"first, of {number}: ")
    table.store(*own)
    found: dict[int, object] = dict(enumerate(own))
    yield found
    if bench.has("set"):
        found = {**found, 0: Thing(f"set, of {number}")}
        table.set(0, found[0])
    yield found
    table.store()
    yield {}
    own = things(MANY - number, f"second, of {number}: ")
    table.store(*own)
    found = dict(enumerate(own))
    yield found
    if bench.has("frames"):
        yield from _steps_in_a_frame(table, refused, number)
    else:
        yield found
        yield found
    yield found
    table.store(own[0])
    yield {0: own[0]}


def _steps_in_a_frame(
    table: Driver, refused: list[Exception], number: int
) -> Iterator[dict[int, object]]:
    inner = things(4, f"in a frame, of {number}: ")
    frame = table.frame(*inner)
    frame.__enter__()
    yield dict(enumerate(inner))
    table.store(inner[3])
    yield {0: inner[3]}
    try:
        frame.leave()
    except Exception as error:  # noqa: BLE001  # what is found is judged first
        refused.append(error)
