"""What importing costs: both distributions, and as many modules with nothing in them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from implementations import PYTHON
from racing import Spread, spread_of

OURS: Final = "import"
EMPTY: Final = "import of as many empty modules"

_FOUND: Final = """\
import sys, sidetable_core
print(*(name for name in sys.modules if not name.startswith("__")))"""

# `gate` counts the instructions between the two times that a process asks for its parent.
_IMPORTING: Final = """\
import gc, os, sys, time
from importlib import import_module
what, *needed = sys.argv[1:]
for name in needed:
    import_module(name)
gc.collect()
os.getppid()
begin = time.process_time_ns()
import_module(what)
taken = time.process_time_ns() - begin
os.getppid()
print(taken)"""


@dataclass(frozen=True, slots=True)
class Import:
    """An import in a process of its own.

    Attributes:
        arguments: What to run Python with. It prints the nanoseconds that the import took.
        implementation: Of which core.
        folder: Where the module is found, besides where all others are.
    """

    arguments: Sequence[str]
    implementation: str
    folder: Path | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What to run it in: compiled modules are kept, and used the next time."""
        environment = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        }
        environment["SIDETABLE_PURE"] = "1" if self.implementation == PYTHON else ""
        return environment | ({"PYTHONPATH": str(self.folder)} if self.folder else {})

    def run(self) -> str:
        """Returns what it prints."""
        command = [sys.executable, *self.arguments]
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", check=True, env=self.environment
        ).stdout


@contextmanager
def imports(implementation: str) -> Iterator[Mapping[str, Import]]:
    """Gives both imports, by name; all modules have been compiled before.

    What ours needs of the standard library is imported before. Modules with nothing in them need
    nothing.
    """
    found = Import(["-c", _FOUND], implementation).run().split()
    ours = [name for name in found if name.startswith("sidetable_")]
    needed = [name for name in found if not name.startswith("sidetable_")]
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "empty")
        package.mkdir()
        names = [f"module_{number}" for number in range(len(ours) - 1)]
        for name in names:
            (package / f"{name}.py").touch()
        (package / "__init__.py").write_text(f"from . import {', '.join(names)}\n")
        both = {
            OURS: Import(["-c", _IMPORTING, "sidetable_core", *needed], implementation),
            EMPTY: Import(["-c", _IMPORTING, "empty"], implementation, Path(folder)),
        }
        for one in both.values():
            one.run()
        yield both


def import_times(implementation: str) -> Mapping[str, Spread]:
    """Returns how many milliseconds of processor time each import takes, in turn with the other."""
    with imports(implementation) as both:
        taken = [{name: int(one.run()) / 1e6 for name, one in both.items()} for _ in range(21)]
    return {name: spread_of([times[name] for times in taken]) for name in both}
