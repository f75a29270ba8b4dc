"""What registering costs as a table grows: time and memory for each object."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable

import restated
from operations import Thing
from racing import Timed, no_collections
from sidetable_core import SideTable
from sidetable_source import LocalSource

_SOURCE = LocalSource("thing")


def registering(
    register_in: Callable[[], Callable[..., int]],
    count: int,
    times: int,
    *,
    collecting: bool = False,
) -> Timed:
    """Returns what times registering as many objects, in tables that are empty at first.

    Args:
        register_in: Makes or empties a table, and returns what registers in it.
        count: How many objects.
        times: In how many tables, one after the other.
        collecting: Whether the collector comes meanwhile, as it does in most programs.
    """
    things = [Thing() for _ in range(count)]

    def run() -> int:
        taken = 0
        for _ in range(times):
            register = register_in()
            if collecting:
                gc.enable()
            begin = time.thread_time_ns()
            for thing in things:
                register(thing, _SOURCE)
            taken += time.thread_time_ns() - begin
            gc.disable()
        return taken

    return run


def ours() -> Callable[..., int]:
    """Returns what registers in a new table of ours."""
    return SideTable().register_user_object


def baseline() -> Callable[..., int]:
    """Returns what registers in PyTorch's table, which is empty now."""
    restated.reset()
    return restated.register


def memory(register_in: Callable[[], Callable[..., int]], count: int) -> float:
    """Returns how many bytes each of as many registered objects takes in the table."""
    things = [Thing() for _ in range(count)]
    register = register_in()
    with no_collections():
        tracemalloc.start()
        for thing in things:
            register(thing, _SOURCE)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return taken / count
