"""What is not compared with PyTorch: a second thread, and importing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextvars import Context
from typing import Final

from operations import lookup
from racing import Spread, race, ratio, spread_of

LOOKUPS: Final = 12_000
"""How often the loop of all threads together goes round."""

_NEEDED: Final = """\
import sys, sidetable_core
print(*(name for name in sys.modules if not name.startswith(("__", "sidetable_"))))"""

_IMPORTING: Final = """\
import sys, time
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
begin = time.process_time_ns()
import sidetable_core
print(time.process_time_ns() - begin)"""


def second_thread() -> Spread:
    """Returns the ratio of lookups in two threads at once to as many in one."""
    return ratio(race({"one": lambda: shared(1), "two": lambda: shared(2)}, 21), "two", "one")


def shared(threads: int) -> int:
    """Returns the processor time of all threads, of which each does its share of the lookups."""
    run = lookup().ours
    together = threading.Barrier(threads + 1)

    def work() -> None:
        together.wait()
        Context().run(run, LOOKUPS // threads)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    begin = time.process_time_ns()
    together.wait()
    for worker in workers:
        worker.join()
    return time.process_time_ns() - begin


def import_time() -> Spread:
    """Returns how many milliseconds of processor time both distributions take to import.

    What they need of the standard library has been imported before.
    """
    needed = _printed(_NEEDED).split()
    taken = [int(_printed(_IMPORTING, *needed)) / 1e6 for _ in range(15)]
    return spread_of(taken)


def _printed(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
