"""What is not compared with PyTorch: a second thread, and importing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextvars import Context
from pathlib import Path
from typing import Final

from operations import lookup
from racing import Spread, race, ratio, spread_of

LOOKUPS: Final = 12_000
"""How often the loop of all threads together goes round."""

_NEEDED: Final = """\
import sys, sidetable_core
print(*(name for name in sys.modules if not name.startswith(("__", "sidetable_"))))"""

_OURS: Final = """\
import sys, sidetable_core
print(sum(name.startswith("sidetable_") for name in sys.modules))"""

_IMPORTING: Final = """\
import sys, time
from importlib import import_module
what, *needed = sys.argv[1:]
for name in needed:
    import_module(name)
begin = time.process_time_ns()
import_module(what)
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
    return _import_time("sidetable_core", *_printed(_NEEDED).split())


def empty_import_time() -> Spread:
    """Returns the same for a package of as many modules with nothing in them."""
    count = int(_printed(_OURS))
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "empty")
        package.mkdir()
        names = [f"module_{number}" for number in range(count - 1)]
        for name in names:
            (package / f"{name}.py").touch()
        (package / "__init__.py").write_text(f"from . import {', '.join(names)}\n")
        return _import_time("empty", folder=folder)


def _import_time(what: str, *needed: str, folder: str | None = None) -> Spread:
    """Returns how many milliseconds it takes to import a module that has been compiled."""
    taken = [int(_printed(_IMPORTING, what, *needed, folder=folder)) / 1e6 for _ in range(16)]
    return spread_of(taken[1:])


def _printed(code: str, *arguments: str, folder: str | None = None) -> str:
    """Returns what Python prints, which finds modules in a folder and keeps what it compiles."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    if folder:
        environment["PYTHONPATH"] = folder
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=True, env=environment
    )
    return done.stdout
