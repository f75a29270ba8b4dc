"""Races: everything in turn, in a new order each round, and ratios only within a round."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

Timed: TypeAlias = Callable[[], int]
"""Does something, and returns the nanoseconds of processor time that what is timed of it took."""

_LEAST: Final = 2_500_000
"""Nanoseconds that a run takes at least: long enough for cold caches to matter little."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median, and the quartiles around it."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:5.2f}  [{self.low:.2f}-{self.high:.2f}]"


def spread_of(values: Sequence[float]) -> Spread:
    """Returns the median and the quartiles of at least two values."""
    return Spread(*statistics.quantiles(values, n=4))


@contextmanager
def no_collections() -> Iterator[None]:
    """Keeps the collector from coming into what is timed."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def times_for(run: Callable[[int], None]) -> int:
    """Returns how often a loop has to go round to take long enough to be timed."""
    times = 1
    while _timed(run, times) < _LEAST:
        times *= 2
    return times


def timed(run: Callable[[int], None], times: int) -> Timed:
    """Returns what times a loop that goes round so often."""
    return lambda: _timed(run, times)


def race(variants: Mapping[str, Timed], rounds: int) -> list[dict[str, int]]:
    """Runs all variants in turn and returns, for each round, what each took."""
    chance = random.Random(2026)  # noqa: S311  # an order, and no secret
    order = list(variants)
    results: list[dict[str, int]] = []
    for _ in range(rounds):
        chance.shuffle(order)
        with no_collections():
            results.append({name: variants[name]() for name in order})
    return results


def ratio(results: Sequence[Mapping[str, int]], name: str, baseline: str) -> Spread:
    """Returns the ratio of one variant to another, of which each is from one round."""
    return spread_of([taken[name] / taken[baseline] for taken in results])


def _timed(run: Callable[[int], None], times: int) -> int:
    begin = time.thread_time_ns()
    run(times)
    return time.thread_time_ns() - begin
