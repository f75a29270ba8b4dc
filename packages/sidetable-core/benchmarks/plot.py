"""Draws how cost grows: with objects, threads, nesting depth, and variables of the context.

Run by ``hatch run bench:plot``. Writes a picture and its figures for each, and prints the figures.
A figure is the least of all rounds, because nothing makes an operation take less than it costs.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from contextvars import Context, ContextVar
from dataclasses import dataclass
from typing import Final

import growing
import restated
from alone import LOOKUPS, shared
from drawing import Line, draw_lines
from loops import UNROLLED
from operations import Operation, Subject, Thing, again, by_hand, entry, lookup
from racing import race, timed, times_for
from sidetable_core import SideTable
from sidetable_source import LocalSource
from writing import folder_argument, write

_OBJECTS: Final = (1, 10, 100, 1_000, 10_000)
_REGISTERED: Final = (10, 100, 1_000, 10_000, 100_000)
_THREADS: Final = (1, 2, 4, 8)
_DEPTHS: Final = (1, 2, 4, 8, 16, 32, 64)
_VARIABLES: Final = (0, 10, 40, 100, 1_000)


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture: for each line, the cost in nanoseconds at each count."""

    name: str
    title: str
    across: str
    lines: dict[str, Line]


def main() -> None:
    """Measures, prints and writes everything."""
    parser = argparse.ArgumentParser(prog="bench:plot", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    folder_argument(parser)
    given = parser.parse_args()
    for plot in plots(given.rounds):
        print(plot.title)
        for name, line in plot.lines.items():
            costs = "  ".join(f"{count:g}: {cost:.0f}" for count, cost in line.items())
            print(f"  {name:28} {costs}", flush=True)
        rounded = {
            name: {count: round(cost, 1) for count, cost in line.items()}
            for name, line in plot.lines.items()
        }
        content = {"title": plot.title, "across": plot.across, "nanoseconds": rounded}
        write(given.folder, plot.name, content, draw_lines(plot.title, plot.across, plot.lines))
        gc.collect()


def plots(rounds: int) -> Iterator[Plot]:
    """Returns the four pictures, each when it is asked for."""
    stores = {count: again(count) for count in _OBJECTS}
    yield Plot(
        "objects",
        "Cost of each object, by how many there are",
        "objects",
        {
            "store": per_object(stores, rounds, ours=True),
            "store, PyTorch": per_object(stores, rounds, ours=False),
            "register": registering(growing.ours, rounds),
            "register, PyTorch": registering(growing.baseline, rounds),
        },
    )
    yield Plot(
        "threads",
        "Processor time of a lookup, by threads that look up at once",
        "threads",
        {"lookup": {threads: threads_cost(threads, rounds) for threads in _THREADS}},
    )
    yield Plot(
        "depth",
        "Cost of a call, by the depth to which calls are nested",
        "depth",
        {
            "entry function": {depth: nested(entered(), depth, rounds) for depth in _DEPTHS},
            "PyTorch's, no restoring": {
                depth: nested(by_hand_to(), depth, rounds) for depth in _DEPTHS
            },
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
            name: {others: beside(make(), others, rounds) for others in _VARIABLES}
            for name, make in kinds.items()
        },
    )


def per_object(operations: dict[int, Operation], rounds: int, *, ours: bool) -> Line:
    """Returns the cost of a store, for each of its objects."""
    return {
        count: cost(one.ours if ours else one.baseline, rounds, one.context()) / count
        for count, one in operations.items()
    }


def registering(register_in: Callable[[], Callable[..., int]], rounds: int) -> Line:
    """Returns the cost of registering an object, by how many are registered."""
    line: dict[float, float] = {}
    for count in _REGISTERED:
        times = max(1, 2_000 // count)
        variants = {"one": growing.registering(register_in, count, times)}
        results = race(variants, max(3, rounds // 3))
        taken = [result["one"] for result in results]
        line[count] = min(taken) / count / times
    restated.reset()
    return line


def threads_cost(threads: int, rounds: int) -> float:
    """Returns the cost of a lookup when as many threads look up at once."""
    lookups = LOOKUPS * UNROLLED
    return min(shared(threads) / lookups for _ in range(rounds))


def beside(operation: Operation, others: int, rounds: int) -> float:
    """Returns the cost of an operation of ours in a context with as many other variables."""
    context = Context()
    for number in range(others):
        context.run(ContextVar[int](f"other_{number}").set, number)
    return cost(operation.ours, rounds, context)


def cost(run: Callable[[int], None], rounds: int, context: Context) -> float:
    """Returns how long one operation of a loop takes."""
    times = context.run(times_for, run)
    results = context.run(race, {"one": timed(run, times)}, rounds)
    return min(result["one"] for result in results) / times / UNROLLED


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


def nested(deep: Deep, depth: int, rounds: int) -> float:
    """Returns the cost of one of the calls that are nested to a depth."""

    def run(times: int) -> None:
        for _ in range(times):
            deep.left = depth
            deep.call(deep.subject)

    return cost(run, rounds, Context()) * UNROLLED / depth


if __name__ == "__main__":
    main()
