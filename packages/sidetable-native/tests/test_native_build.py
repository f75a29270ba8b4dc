"""Where it cannot be built, one sentence says so; other interpreters can import it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path):
    """A copy of what is built."""
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(FOLDER / name, tmp_path)
    shutil.copytree(FOLDER / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.so"))
    return tmp_path


def build(project, program, **variables):
    """Runs `setup.py build_ext`; returns the status and the last line of what it said."""
    arguments = [sys.executable, "-W", "ignore", "-c", program, "build_ext"]
    environment = {**os.environ, **variables}
    done = subprocess.run(
        arguments, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr.splitlines()[-1]


SETUP = "import runpy; runpy.run_path('setup.py')"
FREE_THREADED = f"import sysconfig; sysconfig.get_config_vars()['Py_GIL_DISABLED'] = 1; {SETUP}"


@pytest.mark.skipif(sys.platform == "win32", reason="the compiler is found in another way")
def test_without_a_compiler(project):
    """The build fails, and says what is missing and what to do without."""
    status, said = build(project, SETUP, CC="/nowhere/cc")
    assert status == 1
    assert said.startswith("sidetable-native is written in C, and no C compiler works here (")
    assert said.endswith("). sidetable-core does the same without sidetable-native, only slower.")


def test_without_the_gil(project):
    """It is not made for such a Python, and says so."""
    status, said = build(project, FREE_THREADED)
    assert status == 1
    assert said.startswith("sidetable-native needs a Python with the GIL. ")


USE = """
import sidetable_core
from sidetable_core import LocalSource, SideTable

assert sidetable_core.implementation == "native"

class Thing: ...

def like(x): ...

table, thing = SideTable(), Thing()
table.register_user_object(thing, LocalSource("x"))
entry = table.entry(lambda x: table.get(0), like=like)
for _ in range(100):
    assert entry(thing) is thing
    table.store(thing, table)
    assert table.get(1) is table
    with table.frame(table):
        assert table.get(0) is table
try:
    table.get(7)
except LookupError as error:
    assert "7" in str(error)
else:
    raise AssertionError
"""
INTERPRETERS = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import sys
use = sys.argv[1]
exec(use)
for _ in range(3):
    one = interpreters.create()   # from 3.12 on, with a GIL of its own
    failed = interpreters.run_string(one, use)
    assert failed is None, failed
    interpreters.destroy(one)
    exec(use)
print("right")
"""


def test_other_interpreters():
    """Each has functions and types of its own, and nothing of it is left when it has ended."""
    done = subprocess.run(
        [sys.executable, "-c", INTERPRETERS, USE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "right\n"), done.stderr
