"""What the repair costs: calls of compiled functions with and without it, side by side.

    hatch run torch:cost

Three tables: calls that bind nothing, calls that bind the current stream, and calls that look leaf
modules up. Exits with 0 if every median ratio is within the bound of its table, and with 1 if not.

The current stream is what PyTorch registers for every function that it compiles on a machine with
an accelerator. Here PyTorch is made to believe that there is one.

Two processes take turns, one repaired from the start and one not, and the median call of each block
is compared with that of the block beside it. They are started several times, because a process
keeps the luck that it had with its memory. One process that installs and uninstalls would be
slower than either: each time, Python unlearns what it had specialized.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

import torch
from torch._dynamo import utils
from torch._dynamo.decorators import leaf_function
from torch._dynamo.variables import streams

import sidetable_torch

BOUNDS: Final[Mapping[str, float]] = {"nothing": 1.07, "stream": 1.20, "modules": 1.10}
"""What is bound, and the highest median ratio that passes."""

Asked: TypeAlias = "Connection[float, str | None]"

Times: TypeAlias = dict[str, tuple[list[float], list[float]]]
"""What each row took, without and with the repair, block by block."""


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
        "eager, tiny, no gradients": (1000, lambda: tiny(x)),
        "eager, tiny, gradients": (1000, lambda: tiny(grad)),
        "aot_eager, tiny, no gradients": (1000, lambda: tiny_aot(x)),
        "aot_eager, tiny, with backward": (
            150,
            lambda: tiny_aot(grad).backward(),  # type: ignore[no-untyped-call]  # PyTorch's
        ),
        "eager, 200 operations, gradients": (30, lambda: deep(grad)),
        "aot_eager, 6 layers, with backward": (40, lambda: network(batch).sum().backward()),
    }


def block(call: Callable[[], object], count: int) -> float:
    """Return how many microseconds the median call takes."""
    times: list[int] = []
    for _ in range(count):
        start = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times) / 1000


def serve(bound: str, asked: Asked, *, repaired: bool) -> None:
    """Compile the functions of one table, and time one block of the calls of each row asked for."""
    if bound == "stream":
        pretend_accelerator()
    torch.set_num_threads(1)
    with sidetable_torch.install() if repaired else contextlib.nullcontext():
        rows = calls(bound)
        for count, call in rows.values():
            for _ in range(count):
                call()
        gc.collect()
        gc.disable()  # where it falls is chance; it costs the same with and without
        while (row := asked.recv()) is not None:
            count, call = rows[row]
            asked.send(block(call, count))


class Server:
    """A process that times calls, with the repair or without it.

    Args:
        bound: The table whose calls it times.
        repaired: Whether it installs the repair, before it compiles anything.
    """

    def __init__(self, bound: str, *, repaired: bool) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.asking, asked = spawn.Pipe()
        kind = {"repaired": repaired}
        self.process = spawn.Process(target=serve, args=(bound, asked), kwargs=kind)
        self.process.start()

    def time(self, row: str) -> float:
        """Return how many microseconds the median call of one block took."""
        self.asking.send(row)
        taken: float = self.asking.recv()
        return taken

    def stop(self) -> None:
        """End the process."""
        self.asking.send(None)
        self.process.join()


def measure(bound: str, rows: Iterable[str], processes: int, pairs: int) -> Times:
    """Return the times of blocks, without and with the repair, for each row."""
    times: Times = {row: ([], []) for row in rows}
    for _ in range(processes):
        servers = [Server(bound, repaired=repaired) for repaired in (False, True)]
        for row, taken in times.items():
            for server in servers:
                server.time(row)  # waits until both have compiled everything
            for number in range(pairs):
                for which in (0, 1) if number % 2 else (1, 0):
                    taken[which].append(servers[which].time(row))
        for server in servers:
            server.stop()
    return times


def show(row: str, without: list[float], repaired: list[float]) -> float:
    """Print what came out, and return the median ratio."""
    ratios = [late / early for early, late in zip(without, repaired, strict=True)]
    lower, median, upper = statistics.quantiles(ratios, n=4)
    print(
        f"| {row} | {statistics.median(without):.1f} | {statistics.median(repaired):.1f} "
        f"| {median:.3f} | {lower:.3f} to {upper:.3f} |",
        flush=True,
    )
    return median


def table(bound: str, processes: int, pairs: int) -> bool:
    """Print one table, and return whether it is within its bound."""
    print(f"\ntorch {torch.__version__}; bound: {bound}; at most {BOUNDS[bound]}\n")
    print("| call | without, us | repaired, us | ratio | half of the pairs |\n|-|-|-|-|-|")
    times = measure(bound, calls(bound), processes, pairs)
    return max([show(row, *taken) for row, taken in times.items()]) <= BOUNDS[bound]


def main() -> int:
    """Measure, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=6, help="with and without, each")
    parser.add_argument("--pairs", type=int, default=10, help="of blocks, for each two processes")
    parser.add_argument("--bound", choices=BOUNDS, help="print one table; without it, all three")
    options = parser.parse_args()
    bounds = BOUNDS if options.bound is None else [options.bound]
    held = [table(bound, options.processes, options.pairs) for bound in bounds]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
