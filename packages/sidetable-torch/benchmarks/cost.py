"""What the repair costs: calls of compiled functions with and without it, side by side.

    hatch run torch:cost

Three tables: calls that bind nothing, calls that bind the current stream, and calls that look leaf
modules up. Exits with 0 if every median ratio is within the bound of its table, and with 1 if not.

The current stream is what PyTorch registers for every function that it compiles on a machine with
an accelerator. Here PyTorch is made to believe that there is one.

Blocks of calls take turns, and the median call of each is compared with that of the block beside
it. What else runs on the machine interrupts few calls, but it takes caches away from all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch._dynamo import utils
from torch._dynamo.decorators import leaf_function
from torch._dynamo.variables import streams

import sidetable_torch

BOUNDS: Final[Mapping[str, float]] = {"nothing": 1.07, "stream": 1.20, "modules": 1.10}
"""What is bound, and the highest median ratio that passes."""


class Accelerator:
    """Stands in PyTorch's own code for `torch.accelerator`, with one stream."""

    stream = torch.Stream(stream_id=1, device_index=0, device_type=0)

    def __getattr__(self, name: str) -> object:
        """Return what the real one has."""
        return getattr(torch.accelerator, name)

    @staticmethod
    def is_available() -> bool:
        """Return that there is one."""
        return True

    @classmethod
    def current_stream(cls, _device: object = None) -> torch.Stream:
        """Return the stream."""
        return cls.stream


class Torch:
    """Stands in PyTorch's own code for `torch`."""

    accelerator = Accelerator()

    def __getattr__(self, name: str) -> object:
        """Return what the real one has."""
        return getattr(torch, name)


def pretend_accelerator() -> None:
    """Let every compile register the current stream."""
    vars(streams)["torch"] = Torch()
    vars(utils)["get_current_stream"] = Accelerator.current_stream


class Scale(torch.nn.Module):
    """A module that stays opaque."""

    factor = 2.0


@leaf_function
def scaled(module: Scale, x: torch.Tensor) -> tuple[torch.Tensor]:
    """Multiply by the module's factor."""
    return (x * module.factor,)


@scaled.register_fake  # type: ignore[attr-defined, untyped-decorator]  # its own
def _(module: Scale, x: torch.Tensor) -> tuple[torch.Tensor]:  # noqa: ARG001  # as the real one
    return (torch.empty_like(x),)


def small(x: torch.Tensor) -> torch.Tensor:
    """Compute something in three operations."""
    return (x * 2 + 1).sum()


def long(x: torch.Tensor) -> torch.Tensor:
    """Compute something in 200 operations."""
    for _ in range(200):
        x = x * 1.01
    return x.sum()


def three(x: torch.Tensor, a: Scale, b: Scale, c: Scale) -> torch.Tensor:
    """Look three leaf modules up."""
    return scaled(c, scaled(b, scaled(a, x)[0])[0])[0]


def calls(bound: str) -> dict[str, tuple[int, Callable[[], object]]]:
    """Return the calls of one table, each with how many make a block."""
    x, grad, batch = torch.ones(8), torch.ones(8, requires_grad=True), torch.ones(32, 64)
    if bound == "modules":
        modules = [Scale() for _ in range(3)]
        eager, aot = (torch.compile(three, backend=name) for name in ("eager", "aot_eager"))
        return {
            "eager": (50, lambda: eager(x, *modules)),
            "eager, gradients": (50, lambda: eager(grad, *modules)),
            "aot_eager": (50, lambda: aot(x, *modules)),
            "aot_eager, gradients": (50, lambda: aot(grad, *modules)),
        }
    tiny, tiny_aot = (torch.compile(small, backend=name) for name in ("eager", "aot_eager"))
    deep = torch.compile(long, backend="eager")
    layers = torch.nn.Sequential(*[torch.nn.Linear(64, 64) for _ in range(6)])
    network = torch.compile(layers, backend="aot_eager")
    return {
        "eager, tiny, no gradients": (300, lambda: tiny(x)),
        "eager, tiny, gradients": (300, lambda: tiny(grad)),
        "aot_eager, tiny, no gradients": (300, lambda: tiny_aot(x)),
        "aot_eager, tiny, with backward": (
            150,
            lambda: tiny_aot(grad).backward(),  # type: ignore[no-untyped-call]  # PyTorch's
        ),
        "eager, 200 operations, gradients": (30, lambda: deep(grad)),
        "aot_eager, 6 layers, with backward": (40, lambda: network(batch).sum().backward()),
    }


def block(call: Callable[[], object], count: int, *, repaired: bool) -> float:
    """Return how many microseconds the median call takes."""
    with sidetable_torch.install() if repaired else contextlib.nullcontext():
        for _ in range(count // 4):  # Python learns again what it had specialized
            call()
        times: list[int] = []
        for _ in range(count):
            start = time.perf_counter_ns()
            call()
            times.append(time.perf_counter_ns() - start)
        return statistics.median(times) / 1000


def measure(call: Callable[[], object], count: int, pairs: int) -> tuple[list[float], list[float]]:
    """Return the times of blocks without and with the repair, those of a pair at the same place."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(pairs):
        for repaired in (False, True) if number % 2 else (True, False):
            times[repaired].append(block(call, count, repaired=repaired))
    return times[False], times[True]


def show(name: str, without: list[float], repaired: list[float]) -> float:
    """Print what came out, and return the median ratio."""
    ratios = [late / early for early, late in zip(without, repaired, strict=True)]
    lower, median, upper = statistics.quantiles(ratios, n=4)
    print(
        f"| {name} | {statistics.median(without):.1f} | {statistics.median(repaired):.1f} "
        f"| {median:.3f} | {lower:.3f} to {upper:.3f} |",
        flush=True,
    )
    return median


def table(bound: str, pairs: int) -> bool:
    """Print one table, and return whether it is within its bound."""
    if bound == "stream":
        pretend_accelerator()
    torch.set_num_threads(1)
    print(f"\ntorch {torch.__version__}; bound: {bound}; at most {BOUNDS[bound]}\n")
    print("| call | without, us | repaired, us | ratio | half of the pairs |\n|-|-|-|-|-|")
    gc.disable()  # where it falls is chance; it costs the same with and without
    medians: list[float] = []
    for name, (count, call) in calls(bound).items():
        for _ in range(20):
            call()
        gc.collect()
        medians.append(show(name, *measure(call, count, pairs)))
    return max(medians) <= BOUNDS[bound]


def main() -> int:
    """Measure, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--bound", choices=BOUNDS, help="print one table; without it, all three")
    options = parser.parse_args()
    if options.bound is not None:
        return 0 if table(options.bound, options.pairs) else 1
    # A process for each: what PyTorch believes about streams is compiled into functions.
    command = [sys.executable, "-W", "ignore", __file__, "--pairs", str(options.pairs), "--bound"]
    return max([subprocess.run([*command, bound], check=False).returncode for bound in BOUNDS])


if __name__ == "__main__":
    sys.exit(main())
