"""What the tests of the kit share: a project of somebody else's, and ways to run the kit in it."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

import pytest

from sidetable_conformance import (
    Report,
    Requirement,
    Result,
    Verdict,
    bench,
    cli,
    requirements,
    session,
)
from sidetable_conformance.bench import Budget, quick_collections
from sidetable_conformance.results import Header
from sidetable_conformance.rule import Check, Rule
from sidetable_conformance.tables.core import CorrectTable

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True, scope="module")
def quick_runs() -> Iterator[None]:
    """Lets no run thaw what `older` has frozen."""
    with quick_collections():
        yield


@pytest.fixture(autouse=True)
def older(quick_runs: None) -> None:
    """Leaves what is older than a test out of its collections: a third of a second for each."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Tries less than users do. As much as `normal` is tried by `prove`, of every fault."""
    usual = bench.BUDGETS
    is_deep = os.environ.get("SIDETABLE_EXAMPLES") == "deep"
    less = usual["quick"] if is_deep else Budget(5, 50)
    budgets = {**usual, "normal": less, "a user's": usual["normal"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "BUDGETS", budgets)
        yield


@pytest.fixture
def frozen() -> Callable[[object], bool]:
    """Tells whether an object is frozen, which is that the collector no longer looks at it."""

    # The number of frozen objects tells nothing: they die like others, and those of pytest do.
    def is_frozen(value: object) -> bool:
        return all(each is not value for each in gc.get_objects())

    return is_frozen


# A module of each shape that a target can have, around the one correct table.
PROJECT = '''\
from functools import partial

from sidetable_conformance.tables import CorrectTable

Table = partial(CorrectTable, "2026.11")
table = Table()
in_use = Table()
in_use.register_graph_created_object(set(), print)
number = 5


class Faulty(CorrectTable):
    """Its store returns something, and its lookup gives a proxy of [bold]nothing[/bold]."""

    def __init__(self):
        super().__init__("2026.11")

    def store(self, *objects):
        super().store(*objects)
        return "\\x1b[31m[bold]stored[/bold]\\n"


class Old:
    """A table that cannot set."""

    def __init__(self):
        table = Table()
        for name in (
            "register_user_object",
            "register_graph_created_object",
            "has_user_objects",
            "store",
            "get",
            "reset",
            "constructors",
        ):
            setattr(self, name, getattr(table, name))
'''

PYTORCH_PROJECT = """\
from sidetable_conformance.tables import CorrectTable

_table = CorrectTable("dynamo-2.13")

index_to_bytecode_constructor = _table.constructors
register_user_object = _table.register_user_object
register_graph_created_object = _table.register_graph_created_object
has_user_objects = _table.has_user_objects
store_user_object_weakrefs = _table.store
get_external_object_by_index = _table.get
set_external_object_by_index = _table.set
reset_user_object_tracking = _table.reset
"""

HOSTILE = "</script><script>alert(1)</script>\x1b[31m\n`|*_&amp;\u202e{{ 7 * 7 }}\ud800"


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker of the tests that need torch."""
    config.addinivalue_line("markers", "torch: needs torch 2.13.0, in an environment of its own")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A folder outside the checkout, with targets of every shape in its modules.

    What this process imported from there is forgotten, or the next test would find it.
    """
    (tmp_path / "mine.py").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "mine_as_pytorch.py").write_text(PYTORCH_PROJECT, encoding="utf-8")
    yield tmp_path
    _forget(tmp_path)


@pytest.fixture
def python(project: Path) -> Run:
    """Runs the interpreter in that folder, in a process of its own, and captures what it says."""

    def run(
        *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env={**_environment(), **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def inside(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts this process into that folder."""
    for name in os.environ.keys() - _environment().keys():
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "path", [str(project), *sys.path])
    monkeypatch.chdir(project)


@pytest.fixture
def kit(project: Path, inside: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in that folder, in this process."""

    def run(
        *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "path", [*sys.path])
            try:
                status = cli.main(arguments)
            except SystemExit as ended:
                status = ended.code
        _forget(project)
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def kit_process(python: Run) -> Run:
    """Runs the command line in that folder, in a process of its own."""
    return partial(python, "-m", "sidetable_conformance")


PYTEST = (
    *("-W", "error", "--strict-markers", "-p", "no:cacheprovider"),
    *("-p", "no:hypothesispytest"),  # which imports Hypothesis at once: most of the time
)


@pytest.fixture
def tests(pytester: pytest.Pytester, inside: None, project: Path) -> Run:
    """Runs pytest in the project, in this process, with warnings as errors and markers strict."""
    # The process has one handler of crashes, and it is the outer run's.
    left_out = (f"-pno:{name}" for name in ("faulthandler", "randomly", "unraisableexception"))
    options = (*PYTEST, *left_out)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = pytester.runpytest_inprocess(*options, *arguments)
        _forget(project)
        return subprocess.CompletedProcess(
            arguments, done.ret, "\n".join([*done.outlines, ""]), "\n".join([*done.errlines, ""])
        )

    return run


@pytest.fixture
def tests_process(python: Run) -> Run:
    """Does the same in a process of its own."""
    return partial(python, "-m", "pytest", *PYTEST)


@pytest.fixture
def make() -> Callable[[], CorrectTable]:
    """A factory of tables that keep every rule of edition 2026.11."""
    return partial(CorrectTable, "2026.11")


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets sessions judge by other checks: of these requirements, and of the kit's own if asked."""

    def use(others: Mapping[Requirement, Check], *, beside: bool = False) -> None:
        rules = dict(session.RULES) if beside else {}
        for requirement, check in others.items():
            rules[requirement.id] = Rule(
                requirement.id, requirement.profile, level=requirement.level
            )
            rules[requirement.id].check()(check)
            vars(rules[requirement.id])["requirement"] = requirement
        monkeypatch.setattr(session, "RULES", rules)

    return use


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets every run find the same: these verdicts, of the first requirements of the list."""

    def find(*verdicts: Verdict) -> None:
        rows = tuple(map(Result, requirements(), verdicts))
        report = Report("mine", "2026.11", "core", rows)
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.setattr(cli, "run", lambda *_, **__: report)

    return find


@pytest.fixture
def hostile() -> Report:
    """A report of every verdict in which everything that comes from outside is hostile."""
    return Report(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        tuple(
            Result(
                Requirement("area.rule", "MUST", "core", HOSTILE),
                verdict,
                HOSTILE,
                HOSTILE,
                HOSTILE,
                HOSTILE,
                script=HOSTILE,
                known="future" if verdict is Verdict.FAIL else "",
                reason=HOSTILE,
                issue=HOSTILE,
                scored=verdict is not Verdict.VACUOUS,
                blocked_by="area.other" if verdict is Verdict.BLOCKED else "",
            )
            for verdict in Verdict
        ),
        header=Header(kit=HOSTILE, without=(HOSTILE,), strength=HOSTILE, python=HOSTILE),
    )


def _environment() -> dict[str, str]:
    # What the outer run was started with must not leak into the inner one.
    outer = ("PYTEST", "FORCE_COLOR", "NO_COLOR", "COLUMNS")
    return {key: value for key, value in os.environ.items() if not key.startswith(outer)}


def _forget(folder: Path) -> None:
    for name, module in tuple(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(folder)):
            del sys.modules[name]
