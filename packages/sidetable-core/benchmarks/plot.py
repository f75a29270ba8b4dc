"""Draws how cost grows: with objects, threads, nesting depth, and variables of the context.

Run by ``hatch run bench:plot``. Writes a picture and its figures for each, and prints the figures.
A figure is the least of all rounds, because nothing makes an operation take less than it costs.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import growing
import restated
from drawing import Line, draw_lines
from loops import UNROLLED, Loop
from operations import Operation, Subject, Thing, again, by_hand, entry, lookup
from racing import Timed, race, timed, times_for
from sidetable_core import SideTable
from sidetable_source import LocalSource
from threaded import LOOKUPS, shared
from writing import folder_argument, write

_OBJECTS: Final = (1, 10, 100, 1_000, 10_000)
_REGISTERED: Final = (10, 100, 1_000, 10_000, 100_000)
_THREADS: Final = (1, 2, 4, 8)
_DEPTHS: Final = (1, 2, 4, 8, 16, 32, 64)
_VARIABLES: Final = (0, 10, 40, 100, 1_000)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a line.

    Attributes:
        run: Times some operations.
        operations: How many.
    """

    run: Timed
    operations: int


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture: for each line, what is timed at each count."""

    name: str
    title: str
    across: str
    lines: Mapping[str, Mapping[int, Point]]


def main() -> None:
    """Measures, prints and writes everything."""
    parser = argparse.ArgumentParser(prog="bench:plot", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    folder_argument(parser)
    given = parser.parse_args()
    for plot in plots():
        print(plot.title)
        lines = measured(plot, given.rounds)
        for name, line in lines.items():
            costs = "  ".join(f"{count:g}: {cost:.0f}" for count, cost in line.items())
            print(f"  {name:28} {costs}", flush=True)
        rounded = {
            name: {count: round(cost, 1) for count, cost in line.items()}
            for name, line in lines.items()
        }
        content = {"title": plot.title, "across": plot.across, "nanoseconds": rounded}
        write(given.folder, plot.name, content, draw_lines(plot.title, plot.across, lines))
        restated.reset()
        gc.collect()


def measured(plot: Plot, rounds: int) -> Mapping[str, Line]:
    """Returns the nanoseconds of one operation at each point.

    All points of a picture run in turn, in a new order in each round, so that what else the machine
    does is not taken for growth.
    """
    runs = {
        f"{name} {count}": point.run
        for name, line in plot.lines.items()
        for count, point in line.items()
    }
    results = race(runs, rounds)
    return {
        name: {
            count: min(result[f"{name} {count}"] for result in results) / point.operations
            for count, point in line.items()
        }
        for name, line in plot.lines.items()
    }


def plots() -> Iterator[Plot]:
    """Returns the four pictures, each when it is asked for."""
    stores = {count: again(count) for count in _OBJECTS}
    yield Plot(
        "objects",
        "Cost of each object, by how many there are",
        "objects",
        {
            "store": {
                n: looped(one.ours, one.context(), UNROLLED * n) for n, one in stores.items()
            },
            "store, PyTorch": {
                n: looped(one.baseline, one.context(), UNROLLED * n) for n, one in stores.items()
            },
            "register": registering(growing.ours),
            "register, PyTorch": registering(growing.baseline),
        },
    )
    yield Plot(
        "threads",
        "Processor time of a lookup, by threads that look up at once",
        "threads",
        {
            "lookup": {
                threads: Point(partial(shared, threads), LOOKUPS * UNROLLED) for threads in _THREADS
            }
        },
    )
    yield Plot(
        "depth",
        "Cost of a call, by the depth to which calls are nested",
        "depth",
        {
            "entry function": {depth: nested(entered(), depth) for depth in _DEPTHS},
            "PyTorch's, no restoring": {depth: nested(by_hand_to(), depth) for depth in _DEPTHS},
        },
    )
    kinds: dict[str, Callable[[], Operation]] = {
        "lookup": lookup,
        "store of 4, the same again": lambda: again(4),
        "entry of 3, no lookups": lambda: entry(0),
    }
    yield Plot(
        "variables",
        "Cost of an operation, by other variables in the context",
        "other variables",
        {
            name: {others: beside(make(), others) for others in _VARIABLES}
            for name, make in kinds.items()
        },
    )


def registering(register_in: Callable[[], Callable[..., int]]) -> Mapping[int, Point]:
    """Returns the points of registering an object, by how many are registered."""
    line: dict[int, Point] = {}
    for count in _REGISTERED:
        times = max(1, 2_000 // count)
        line[count] = Point(growing.registering(register_in, count, times), count * times)
    return line


def beside(operation: Operation, others: int) -> Point:
    """Returns the point of an operation of ours in a context with as many other variables."""
    return looped(operation.ours, replace(operation, others=others).context(), UNROLLED)


def looped(run: Loop, context: Context, operations: int) -> Point:
    """Returns the point of a loop that does as many operations each time it goes round."""
    times = context.run(times_for, run)
    return Point(partial(context.run, timed(run, times)), times * operations)


class Deep:
    """A call that is nested to a depth: the graph calls the function again."""

    def __init__(self) -> None:
        self.left = 0
        self.call: Callable[[Subject], object] = type
        self.subject = Subject()

    def graph(self, subject: Subject) -> object:
        """Calls again, unless this is deep enough."""
        self.left -= 1
        return self.call(subject) if self.left else None


def entered() -> Deep:
    """Returns calls of an entry function."""
    deep, table = Deep(), SideTable()
    for member in "abc":
        table.register_user_object(Thing(), LocalSource("subject").attr(member))

    def like(subject: Subject) -> None:
        """The function that the entry function stands for."""

    deep.call = table.entry(deep.graph, like=like)
    return deep


def by_hand_to() -> Deep:
    """Returns calls of what PyTorch generates."""
    deep = Deep()
    prologue = by_hand(restated, 0)

    def call(subject: Subject) -> object:
        prologue(subject)
        return deep.graph(subject)

    deep.call = call
    return deep


def nested(deep: Deep, depth: int) -> Point:
    """Returns the point of one of the calls that are nested to a depth."""

    def run(times: int) -> None:
        for _ in range(times):
            deep.left = depth
            deep.call(deep.subject)

    return looped(run, Context(), depth)


if __name__ == "__main__":
    main()
