"""The kit where nothing of this project is but what was installed: an empty folder, an adapter.

The integration runs this file a second time, in an environment that has the wheels and what they
ask for, and nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

import sidetable_conformance

pytestmark = [pytest.mark.slow, pytest.mark.deep]

DATA = {
    "editions.json",
    "kill_matrix.json",
    "live/page.css",
    "live/page.html.jinja",
    "output/page/page.css",
    "output/page/page.html.jinja",
    "output/page/page.js",
    "output/schema/report-1.json",
    "py.typed",
}

Run = Callable[..., subprocess.CompletedProcess[str]]

# Somebody's table, with names of its own.
POOL = '''\
import weakref

from sidetable_source import unimplemented


class Pool:
    """From small indices to live objects."""

    def __init__(self):
        self.wipe()

    def wipe(self):
        self.builders, self.bound, self.kept = [], {}, []

    def any(self):
        return bool(self.builders)

    def add(self, value, source):
        return self.take(reference_to("user object", value), lambda codegen: codegen(source))

    def add_made(self, value, build):
        reference = reference_to("graph-created object", value)
        self.kept.append(value)
        index = len(self.builders)
        return self.take(reference, lambda codegen: build(index, codegen))

    def take(self, reference, builder):
        self.bound[len(self.builders)] = reference
        self.builders.append(builder)
        return len(self.builders) - 1

    def put(self, objects):
        self.bound = dict(enumerate([weakref.ref(value) for value in objects]))

    def peek(self, index):
        value = self.bound[index]()
        if value is None:
            raise ReferenceError(f"what was at {index} has died")
        return value


def reference_to(what, value):
    try:
        return weakref.ref(value)
    except TypeError as cause:
        unimplemented(
            gb_type=f"no weak reference to a {what}",
            context=type(value).__name__,
            explanation="The table holds no object strongly.",
            from_exc=cause,
        )
'''

ADAPTER = """\
from pool import Pool
from sidetable_conformance.adapters import adapt

make = adapt(Pool, register_user_object="add", register_graph_created_object="add_made",
             has_user_objects="any", store=lambda pool, *objects: pool.put(objects),
             get="peek", reset="wipe", constructors="builders")
"""

OWN_TESTS = """\
import pytest
from adapter import make
from sidetable_conformance.suite import *

@pytest.fixture
def sidetable_target():
    return make
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs an installed program in a folder that has the table, its adapter and a test file."""
    for name, text in (("pool", POOL), ("adapter", ADAPTER), ("test_own", OWN_TESTS)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    outer = ("PYTEST", "PYTHONPATH", "FORCE_COLOR", "NO_COLOR", "COLUMNS")
    plain = {key: value for key, value in os.environ.items() if not key.startswith(outer)}

    def start(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sysconfig.get_path("scripts"), program)), *arguments],
            cwd=tmp_path,
            env=plain,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    return start


def test_the_adapter_and_the_test_file_have_eight_lines_at_most() -> None:
    """More than that is not asked of anybody."""
    assert len(ADAPTER.splitlines()) <= 8
    assert len(OWN_TESTS.splitlines()) <= 8


def test_the_command_line_judges_it(run: Run) -> None:
    """Nothing is red, and what the table does not have is not asked."""
    done = run("sidetable-conformance", "run", "adapter:make")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nconformant: " in done.stdout, done.stdout


def test_pytest_judges_it_where_nothing_was_written(run: Run) -> None:
    """The suite is found in the package, wherever that is installed."""
    target = "--sidetable-target=adapter:make"
    done = run("pytest", "-p", "no:cacheprovider", "--pyargs", "sidetable_conformance", target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed, " in done.stdout


def test_pytest_judges_it_by_a_file_of_the_projects_own(run: Run) -> None:
    """The star-import brings the requirements, and the fixture says what is judged."""
    done = run("pytest", "-p", "no:cacheprovider", "test_own.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed, " in done.stdout


def test_reports_can_be_written_and_read_back(run: Run, tmp_path: Path) -> None:
    """What needs no extra is there without one."""
    kinds = ("json", "markdown", "badge")
    options = [text for kind in kinds for text in (f"--{kind}", f"report.{kind}")]
    assert run("sidetable-conformance", "run", "adapter:make", *options).returncode == 0
    assert all((tmp_path / f"report.{kind}").stat().st_size for kind in kinds)
    assert run("sidetable-conformance", "replay", "report.json").returncode == 0


def test_what_is_no_module_was_installed_with_the_modules() -> None:
    """Nothing that the kit reads is left behind, and nothing is there that is not named here."""
    package = Path(sidetable_conformance.__file__).parent
    there = {path.relative_to(package).as_posix() for path in package.rglob("*.*")}
    assert {path for path in there if not path.endswith((".py", ".pyc"))} == DATA
