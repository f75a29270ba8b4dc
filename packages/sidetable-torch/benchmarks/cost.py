"""What the repair costs: calls of a compiled function with three leaf modules, before and after.

    hatch run torch:cost

Exits with 0 if the median ratio is at most 1.1 on each backend, with and without gradients, and
with 1 if not. The two are measured side by side: blocks of a few calls take turns, and each block
is compared with the one beside it. Time is that of the thread, so what else runs on the machine
shows as spread only as far as it takes caches and memory away.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

import torch

import sidetable_torch
from sidetable_torch.cases.scaling import Scale, compiled, ones, scaled

AT_MOST: Final = 1.1
CALLS: Final = 20
"""How many calls a block has: few, so that the two blocks of a pair see the same machine."""

UNMEASURED: Final = 3
"""How many calls come before each block: Python learns again what it had specialized."""


def three(x: torch.Tensor, a: Scale, b: Scale, c: Scale) -> torch.Tensor:
    """Uses three leaf modules."""
    return scaled(c, scaled(b, scaled(a, x)[0])[0])[0]


def block(call: Callable[[], object], *, repaired: bool) -> float:
    """Returns how many microseconds a call takes."""
    with sidetable_torch.install() if repaired else contextlib.nullcontext():
        for _ in range(UNMEASURED):
            call()
        start = time.thread_time_ns()
        for _ in range(CALLS):
            call()
        return (time.thread_time_ns() - start) / CALLS / 1000


def measure(call: Callable[[], object], pairs: int) -> tuple[list[float], list[float]]:
    """Returns the times of blocks before and after, those of a pair at the same place."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(pairs):
        for repaired in (False, True) if number % 2 else (True, False):
            times[repaired].append(block(call, repaired=repaired))
    return times[False], times[True]


def show(name: str, before: list[float], after: list[float]) -> float:
    """Prints what came out, and returns the median ratio."""
    ratios = [late / early for early, late in zip(before, after, strict=True)]
    lower, median, upper = statistics.quantiles(ratios, n=4)
    print(
        f"{name:<24} {statistics.median(before):8.0f} {statistics.median(after):8.0f}"
        f"   {median:6.3f}   {lower:.3f} to {upper:.3f}",
        flush=True,
    )
    return median


def main() -> int:
    """Measures, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=150)
    parser.add_argument("--backend", action="append", metavar="NAME")
    options = parser.parse_args()
    torch.set_num_threads(1)
    modules = [Scale(factor) for factor in (2.0, 3.0, 5.0)]
    print(f"{'':<24} {'before':>8} {'after':>8}   {'ratio':>6}   half of the pairs")
    print(f"{'':<24} {'us':>8} {'us':>8}")
    medians: list[float] = []
    gc.disable()  # where it falls is chance; it costs the same before and after
    for backend in options.backend or ("eager", "aot_eager"):
        for grad in (False, True):
            function, x = compiled(three, backend), ones(grad=grad)
            function(x, *modules)
            gc.collect()
            gc.freeze()
            times = measure(lambda: function(x, *modules), options.pairs)  # noqa: B023
            medians.append(show(f"{backend}{', gradients' * grad}", *times))
    return 0 if max(medians) <= AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
