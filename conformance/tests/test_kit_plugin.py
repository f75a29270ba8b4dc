"""The pytest front end, in a project that has only its own code and the installed kit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import requirements

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


CORE = [row.id for row in requirements() if row.profile == "core"]


SUITE = ("--pyargs", "sidetable_conformance")


def collected(tests: Run, *options: str) -> list[str]:
    """Returns the tests that pytest collects from the suite, without their file."""
    target = "--sidetable-target=mine:Table"
    done = tests(*SUITE, target, "--collect-only", "-q", "-p", "no:randomly", *options)
    assert done.returncode == 0, done.stdout
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


def test_every_requirement_is_a_test_by_its_id(tests: Run) -> None:
    """The one test function is collected with a parameter for each requirement."""
    assert collected(tests) == [f"test_requirement[{id_}]" for id_ in CORE]


def test_a_conformant_target_passes(tests: Run) -> None:
    """All pass, without a warning, and the header says what was judged."""
    done = tests(*SUITE, "--sidetable-target=mine:Table", "--sidetable-edition=2026.11")
    assert done.returncode == 0, done.stdout
    assert f"{len(CORE)} passed" in done.stdout
    assert (
        "sidetable: mine:Table from --sidetable-target, edition 2026.11, profile core"
        in done.stdout
    )


def test_a_module_can_be_judged_by_the_other_edition(tests: Run) -> None:
    """The edition is an option, and a process-wide target works."""
    done = tests(*SUITE, "--sidetable-target=mine_as_pytorch", "--sidetable-edition=2026.11")
    assert done.returncode == 1
    assert f"6 failed, {len(CORE) - 6} passed" in done.stdout


def test_a_failure_shows_the_requirement_and_no_insides(tests: Run) -> None:
    """What was asked, expected and seen is shown, and no line of the kit's code."""
    done = tests(*SUITE, "--sidetable-target=mine:Faulty")
    assert done.returncode == 1
    assert f"2 failed, {len(CORE) - 2} passed" in done.stdout
    assert (
        "store.returns-nothing  MUST\n"
        "    A store returns None.\n"
        "    when      a store of 0\n"
        "    expected  None\n"
        r"    seen      '\x1b[31m[bold]stored[/bold]\n'" in done.stdout
    )
    assert "Traceback" not in done.stdout
    assert ".py:" not in done.stdout.partition("FAILURES")[2].partition("short test summary")[0]


def test_what_does_not_apply_is_skipped_with_the_reason(tests: Run) -> None:
    """A target without `set` skips four tests."""
    done = tests(*SUITE, "--sidetable-target=mine:Old", "-rs")
    assert done.returncode == 0
    assert f"{len(CORE) - 4} passed, 4 skipped" in done.stdout
    assert "set.bounds: not-applicable: the target has no set, and need not have one" in done.stdout


def test_a_fault_of_the_kit_is_told_as_one(tests_process: Run, project: Path) -> None:
    """A check that goes wrong fails its test, and says whose fault it is."""
    (project / "conftest.py").write_text(
        "from sidetable_conformance.rules import RULES\n"
        "assert RULES['store.large'].requirement\n"
        "RULES['store.large'].function = lambda bench: 1 / 0\n",
        encoding="utf-8",
    )
    done = tests_process(
        "-c",
        "/dev/null",
        "--rootdir=.",
        "-p",
        "conftest",
        *SUITE,
        "--sidetable-target=mine:Table",
        "-k",
        "large",
    )
    assert "1 failed" in done.stdout, done.stdout
    assert "the target was not judged: the check went wrong: ZeroDivisionError" in done.stdout


def test_some_can_be_selected_by_id(tests: Run) -> None:
    """`-k` takes requirement ids and parts of them, and `-m` the marker."""
    done = tests(*SUITE, "--sidetable-target=mine:Table", "-k", "replaces-all")
    assert f"1 passed, {len(CORE) - 1} deselected" in done.stdout
    stores = [f"test_requirement[{id_}]" for id_ in CORE if "store" in id_]
    assert collected(tests, "-k", "store") == stores
    assert len(collected(tests, "-m", "sidetable")) == len(CORE)


def test_it_runs_in_parallel_and_in_random_order(tests_process: Run) -> None:
    """Workers each have a target of their own, and no test depends on another."""
    done = tests_process(
        *SUITE,
        "--sidetable-target=mine_as_pytorch",
        "--sidetable-edition=dynamo-2.13",
        "-n",
        "2",
        "-p",
        "randomly",
        "-k",
        "store",
    )
    assert done.returncode == 0, done.stdout
    assert f"{sum('store' in id_ for id_ in CORE)} passed" in done.stdout


@pytest.mark.parametrize(
    "ini",
    [
        "python_files = check_*.py\npython_functions = check_*\npython_classes = Check*",
        "python_files = *.py",
        "addopts = --import-mode=importlib --doctest-modules",
        "testpaths = src\nnorecursedirs = build",
    ],
    ids=["other names", "every file", "importlib and doctests", "paths"],
)
def test_a_projects_own_settings_do_not_change_what_runs(
    tests: Run, project: Path, ini: str
) -> None:
    """However a project names its tests, the suite is collected, once, and nothing beside it."""
    (project / "pytest.ini").write_text(f"[pytest]\n{ini}\n", encoding="utf-8")
    assert sorted(collected(tests)) == sorted(f"test_requirement[{id_}]" for id_ in CORE)


def test_it_runs_beside_a_projects_own_tests(tests: Run, project: Path) -> None:
    """The suite can be one argument among others."""
    (project / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    done = tests("test_own.py", *SUITE, "--sidetable-target=mine:Table", "-k", "test_own or large")
    assert "own.py ." in done.stdout
    assert "2 passed" in done.stdout


def test_the_installed_command_can_import_from_where_it_was_started(
    project: Path, python: Run
) -> None:
    """The `pytest` command does not put the current folder on the path; the kit does."""
    script = "import sys; sys.path.remove(''); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    options = ("--sidetable-target=mine:Table", "-p", "no:cacheprovider", "-k", "replaces-all")
    assert "1 passed" in python("-c", script, *SUITE, *options).stdout


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ((), "add --sidetable-target=MODULE or --sidetable-target=MODULE:ATTRIBUTE"),
        (("--sidetable-target=no_such_module",), "importing no_such_module raised ModuleNotFound"),
        (("--sidetable-target=mine:in_use",), "it is in use, with 1 registered already"),
        (("--sidetable-target=mine:Table", "--sidetable-edition=1"), "there is no edition '1'"),
        (("--sidetable-target=mine:Table", "--sidetable-profile=1"), "there is no profile '1'"),
        (
            ("--sidetable-target=mine:Table", "--sidetable-rules=x:y"),
            "the page of requirements is an address",
        ),
    ],
)
def test_a_wrong_call_is_a_usage_error(
    tests: Run, options: tuple[str, ...], complaint: str
) -> None:
    """What is wrong is said in one line, with pytest's own status for it."""
    done = tests(*SUITE, *options)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.startswith("ERROR: ")
    assert complaint in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_wrong_call_is_a_usage_error_with_workers_too(tests_process: Run) -> None:
    """It is found before a worker is started, so it is said once."""
    done = tests_process(*SUITE, "--sidetable-target=no_such_module", "-n", "2")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.count("importing no_such_module raised") == 1


def test_the_suite_can_be_named_as_a_module(tests: Run) -> None:
    """`sidetable_conformance.suite` is the same suite."""
    suite = ("--pyargs", "sidetable_conformance.suite")
    done = tests(*suite, "--sidetable-target=mine:Table", "-k", "replaces-all")
    assert f"1 passed, {len(CORE) - 1} deselected" in done.stdout


def test_a_project_that_does_not_ask_pays_nothing(tests_process: Run, project: Path) -> None:
    """Where the options are not used, pytest imports one small module and no part of the kit."""
    (project / "test_own.py").write_text(
        "import sys\n"
        "def test_own():\n"
        "    assert 'pytest_sidetable' in sys.modules\n"
        "    assert [name for name in sys.modules if name.startswith('sidetable_')] == []\n"
        "    assert 'rich' not in sys.modules\n",
        encoding="utf-8",
    )
    done = tests_process("test_own.py")
    assert done.returncode == 0, done.stdout


def test_the_marker_is_registered(tests: Run) -> None:
    """Projects with strict markers can use the kit, and read what the marker means."""
    assert "@pytest.mark.sidetable(id, level): one requirement" in tests("--markers").stdout


def test_a_mis_wired_target_is_a_usage_error(tests: Run, project: Path) -> None:
    """It is refused before the first test."""
    (project / "deaf.py").write_text(
        "import mine\nclass Deaf(mine.Old):\n    classify = lambda self, error: 'died'\n",
        encoding="utf-8",
    )
    done = tests(*SUITE, "--sidetable-target=deaf:Deaf")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the kit cannot see its faults" in done.stderr


# Starts the interpreter anew without what makes it measure the coverage of the kit's own tests.
UNMEASURED = """\
import os, sys
for name in [name for name in os.environ if name.startswith("COV")]:
    del os.environ[name]
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_the_coverage_of_an_unrelated_project_does_not_change(python: Run, project: Path) -> None:
    """Its figures are the same with the plugin and without."""
    (project / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    figures = []
    for options in ((), ("-p", "no:sidetable_conformance")):
        cov = ("--cov=.", "--cov-config=/dev/null", "-p", "no:cacheprovider", *options)
        done = python("-c", UNMEASURED, "-m", "pytest", "-W", "error", "test_own.py", *cov)
        assert done.returncode == 0, done.stdout + done.stderr
        figures.append(done.stdout.partition("coverage:")[2].partition("passed")[0])
    assert "test_own.py" in figures[0]
    assert figures[0] == figures[1]
