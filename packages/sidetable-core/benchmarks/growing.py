"""What registering costs as a table grows."""

from __future__ import annotations

import time
from collections.abc import Callable

import restated
from operations import Thing
from racing import Timed
from sidetable_core import SideTable
from sidetable_source import LocalSource

_SOURCE = LocalSource("thing")


def registering(
    register_in: Callable[[], Callable[..., int]],
    count: int,
    times: int,
) -> Timed:
    """Returns what times registering as many objects, in tables that are empty at first.

    Args:
        register_in: Makes or empties a table, and returns what registers in it.
        count: How many objects.
        times: In how many tables, one after the other.
    """
    things = [Thing() for _ in range(count)]

    def run() -> int:
        taken = 0
        for _ in range(times):
            register = register_in()
            begin = time.thread_time_ns()
            for thing in things:
                register(thing, _SOURCE)
            taken += time.thread_time_ns() - begin
        return taken

    return run


def ours(table: type[SideTable]) -> Callable[..., int]:
    """Returns what registers in a new table of an implementation."""
    return table().register_user_object


def baseline() -> Callable[..., int]:
    """Returns what registers in PyTorch's table, which is empty now."""
    restated.reset()
    return restated.register
