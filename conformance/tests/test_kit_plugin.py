"""The pytest front end, in a project that has only its own code and the installed kit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sidetable_conformance import Requirement, Result, Verdict, requirements
from sidetable_conformance.front.outcomes import conclude
from sidetable_conformance.known.failures import KnownFailure, KnownFailures

Run = Callable[..., subprocess.CompletedProcess[str]]
CORE = [row.id for row in requirements() if row.profile == "core"]
SUITE = ("--pyargs", "sidetable_conformance")


@pytest.fixture
def tests(python: Run) -> Run:
    """Runs pytest in the project, with warnings as errors and markers strict."""
    return partial(
        python,
        "-m",
        "pytest",
        "-W",
        "error",
        "--strict-markers",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",  # which imports Hypothesis at once, and that is most of the time
    )


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
    assert "58 passed" in done.stdout
    assert (
        "sidetable: mine:Table from --sidetable-target, edition 2026.11, profile core"
        in done.stdout
    )


def test_a_module_can_be_judged_by_the_other_edition(tests: Run) -> None:
    """The edition is an option, and a process-wide target works."""
    done = tests(*SUITE, "--sidetable-target=mine_as_pytorch", "--sidetable-edition=2026.11")
    assert done.returncode == 1
    assert "5 failed, 53 passed" in done.stdout


def test_a_failure_shows_the_requirement_and_no_insides(tests: Run) -> None:
    """What was asked, expected and seen is shown, and no line of the kit's code."""
    done = tests(*SUITE, "--sidetable-target=mine:Faulty")
    assert done.returncode == 1
    assert "1 failed, 57 passed" in done.stdout
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
    assert "54 passed, 4 skipped" in done.stdout
    assert "set.bounds: not-applicable: the target has no set" in done.stdout


def test_a_fault_of_the_kit_is_told_as_one(tests: Run, project: Path) -> None:
    """A check that goes wrong fails its test, and says whose fault it is."""
    (project / "conftest.py").write_text(
        "import sidetable_conformance.running.session as session\n"
        "session.CHECKS = {**session.CHECKS, 'store.large': lambda bench: 1 / 0}\n",
        encoding="utf-8",
    )
    done = tests(
        "-c", "/dev/null", "--rootdir=.", "-p", "conftest", *SUITE, "--sidetable-target=mine:Table"
    )
    assert "1 failed, 57 passed" in done.stdout, done.stdout
    assert "fault of the kit: the check went wrong: ZeroDivisionError" in done.stdout


def test_some_can_be_selected_by_id(tests: Run) -> None:
    """`-k` takes requirement ids and parts of them, and `-m` the marker."""
    done = tests(*SUITE, "--sidetable-target=mine:Table", "-k", "replaces-all")
    assert "1 passed, 57 deselected" in done.stdout
    assert len(collected(tests, "-k", "store")) == 13
    assert len(collected(tests, "-m", "sidetable")) == 58


def test_it_runs_in_parallel_and_in_random_order(tests: Run) -> None:
    """Workers each have a target of their own, and no test depends on another."""
    done = tests(
        *SUITE,
        "--sidetable-target=mine_as_pytorch",
        "--sidetable-edition=dynamo-2.13",
        "-n",
        "2",
        "-p",
        "randomly",
    )
    assert done.returncode == 0, done.stdout
    assert "58 passed" in done.stdout


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
        (("--sidetable-target=no_such_module",), "importing no_such_module gave ModuleNotFound"),
        (("--sidetable-target=mine:in_use",), "it is in use, with 1 registered already"),
        (("--sidetable-target=mine:Table", "--sidetable-edition=1"), "there is no edition '1'"),
        (("--sidetable-target=mine:Table", "--sidetable-profile=1"), "there is no profile '1'"),
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


def test_a_wrong_call_is_a_usage_error_with_workers_too(tests: Run) -> None:
    """It is found before a worker is started, so it is said once."""
    done = tests(*SUITE, "--sidetable-target=no_such_module", "-n", "2")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.count("importing no_such_module gave") == 1


def test_the_suite_can_be_named_as_a_module(tests: Run) -> None:
    """`sidetable_conformance.suite` is the same suite."""
    suite = ("--pyargs", "sidetable_conformance.suite")
    done = tests(*suite, "--sidetable-target=mine:Table", "-k", "replaces-all")
    assert "1 passed, 57 deselected" in done.stdout


def test_a_project_that_does_not_ask_pays_nothing(tests: Run, project: Path) -> None:
    """Where the options are not used, pytest imports one small module and no part of the kit."""
    (project / "test_own.py").write_text(
        "import sys\n"
        "def test_own():\n"
        "    assert 'pytest_sidetable' in sys.modules\n"
        "    assert [name for name in sys.modules if name.startswith('sidetable_')] == []\n"
        "    assert 'rich' not in sys.modules\n",
        encoding="utf-8",
    )
    done = tests("test_own.py")
    assert done.returncode == 0, done.stdout


def test_the_marker_is_registered(tests: Run) -> None:
    """Projects with strict markers can use the kit, and read what the marker means."""
    assert "@pytest.mark.sidetable(id, level): one requirement" in tests("--markers").stdout


# --- other ways to ask -----------------------------------------------------------------------

OWN_TESTS = """\
import pytest
from sidetable_conformance.suite import *

@pytest.fixture
def sidetable_target():
    import mine
    return mine.{target}
"""


def settings(project: Path, *lines: str) -> None:
    """Writes pytest's settings for the project."""
    (project / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]), encoding="utf-8")


def own_tests(project: Path, target: str) -> str:
    """Writes a test file of the project's own, with a fixture, and returns its name."""
    (project / "test_own.py").write_text(OWN_TESTS.format(target=target), encoding="utf-8")
    return "test_own.py"


def test_everything_can_stand_in_the_settings(tests: Run, project: Path) -> None:
    """Each option has a key, and the header says that the target comes from there."""
    settings(
        project,
        "sidetable_target = mine_as_pytorch",
        "sidetable_edition = dynamo-2.13",
        "sidetable_profile = core",
        "sidetable_capabilities =",
        "sidetable_strict = true",
    )
    done = tests(*SUITE, "--strict-config")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "54 passed, 4 skipped" in done.stdout
    assert (
        "sidetable: mine_as_pytorch from the key sidetable_target, edition dynamo-2.13,"
        " profile core" in done.stdout
    )
    assert "sidetable: notice: it has set_external_object_by_index, and does not" in done.stdout


def test_an_option_goes_before_the_settings(tests: Run, project: Path) -> None:
    """What is said for one run counts more than what is said for all."""
    settings(project, "sidetable_target = no_such_module", "sidetable_capabilities =")
    options = ("--sidetable-target=mine:Table", "--sidetable-capability=set", "-k", "set.bounds")
    done = tests(*SUITE, *options)
    assert "1 passed, 57 deselected" in done.stdout, done.stdout + done.stderr
    assert "sidetable: mine:Table from --sidetable-target" in done.stdout


def test_a_project_can_import_the_suite_and_say_by_a_fixture(tests: Run, project: Path) -> None:
    """A star-import and a fixture are enough, and what was judged is said after collecting."""
    done = tests("--strict-config", own_tests(project, "Faulty"))
    assert "1 failed, 57 passed" in done.stdout, done.stdout
    assert "store.returns-nothing  MUST\n    A store returns None." in done.stdout
    assert (
        "sidetable: the target from the fixture sidetable_target, edition 2026.11, profile core"
        in done.stdout
    )


def test_an_option_goes_before_the_fixture(tests: Run, project: Path) -> None:
    """The same tests judge what is named for one run."""
    done = tests(own_tests(project, "Faulty"), "--sidetable-target=mine:Table", "-k", "returns")
    assert "1 passed, 57 deselected" in done.stdout, done.stdout
    assert "sidetable: mine:Table from --sidetable-target" in done.stdout


def test_a_fixture_may_return_another_table_for_each_test(tests: Run, project: Path) -> None:
    """Each is opened and judged by itself, in parallel and in random order."""
    options = ("-n", "2", "-p", "randomly", "-k", "present or index")
    done = tests(own_tests(project, "Table()"), *options)
    assert done.returncode == 0, done.stdout
    assert "17 passed" in done.stdout


def test_a_fixture_that_gives_no_target_is_told(tests: Run, project: Path) -> None:
    """What is wrong with it stands at each test, without the insides."""
    done = tests(own_tests(project, "number"), "-k", "present")
    assert "5 errors" in done.stdout, done.stdout
    assert "can not be used: it has neither SideTable's names" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_star_import_without_a_target_is_told_what_to_do(tests: Run, project: Path) -> None:
    """The three ways to name one are listed."""
    (project / "test_own.py").write_text("from sidetable_conformance.suite import *\n")
    done = tests("test_own.py", "-k", "returns")
    assert "1 error" in done.stdout
    assert "needs to know what to judge: define a fixture sidetable_target, or" in done.stdout


def test_a_fixture_that_lacks_another_is_pytests_to_tell(tests: Run, project: Path) -> None:
    """What the fixture itself asks for is not mistaken for the target."""
    text = OWN_TESTS.format(target="Table").replace("target():", "target(missing):")
    (project / "test_own.py").write_text(text, encoding="utf-8")
    done = tests("test_own.py", "-k", "returns")
    assert "fixture 'missing' not found" in done.stdout


def test_a_wrong_edition_is_told_where_a_fixture_is_used(tests: Run, project: Path) -> None:
    """It is found when the tests are made, and said in one line."""
    done = tests(own_tests(project, "Table"), "--sidetable-edition=1")
    assert done.returncode != 0
    assert "there is no edition '1'; choose from dynamo-2.13, 2026.11" in done.stdout
    assert "Traceback" not in done.stdout


# --- verdicts that are no plain pass or fail -------------------------------------------------


def ending(verdict: Verdict, *, strict: bool = False, **more: object) -> str:
    """Returns how a test ends for a verdict, and with which words."""
    asked = Requirement("area.rule", "MUST", "core", "Something is asked.")
    result = Result(asked, verdict, "for a reason", **more)
    known = KnownFailures((KnownFailure("area.other", "future", "Later."),))
    try:
        conclude(result, "2026.11", known, strict=strict)
    except (pytest.skip.Exception, pytest.fail.Exception, pytest.xfail.Exception) as end:
        return f"{type(end).__name__} {end}"
    return "passed"


@pytest.mark.parametrize(
    ("verdict", "end"),
    [
        (Verdict.PASS, "passed"),
        (Verdict.NOT_APPLICABLE, "Skipped area.rule: not-applicable: for a reason"),
        (Verdict.NOT_TESTABLE, "Skipped area.rule: NOT TESTABLE HERE, so nothing is known: for a"),
        (Verdict.FAIL, "Failed area.rule  MUST\n    Something is asked.\n    "),
        (Verdict.VACUOUS, "Failed area.rule  MUST  vacuous\n    Something is asked.\n    "),
        (Verdict.BLOCKED, "Failed area.rule  MUST  blocked\n    Something is asked.\n    "),
        (Verdict.ERROR, "Failed area.rule: fault of the kit: for a reason"),
    ],
)
def test_each_verdict_ends_a_test_in_its_own_way(verdict: Verdict, end: str) -> None:
    """Only a pass passes, and every other says its id and why."""
    assert ending(verdict).startswith(end)


def test_a_strict_run_fails_what_can_not_be_tested() -> None:
    """And nothing else that would not fail anyhow."""
    assert ending(Verdict.NOT_TESTABLE, strict=True).startswith("Failed area.rule  MUST  not-test")
    assert ending(Verdict.NOT_APPLICABLE, strict=True).startswith("Skipped")


def test_what_came_after_the_edition_does_not_count() -> None:
    """It is told, and skipped."""
    end = ending(Verdict.FAIL, scored=False)
    assert end.startswith("Skipped area.rule: not scored in 2026.11, to which it was added later")


def test_what_can_not_be_tested_is_loud_or_red(tests: Run, project: Path) -> None:
    """A skip with its reason, and a failure where the run is strict."""
    (project / "conftest.py").write_text(
        "import gc\ngc.disable()\ngc.collect = lambda *generation: 0\n", encoding="utf-8"
    )
    options = ("--sidetable-target=mine:Table", "-k", "holds-weakly", "-rs")
    mild = tests("-c", "/dev/null", "--rootdir=.", "-p", "conftest", *SUITE, *options)
    assert "1 skipped" in mild.stdout, mild.stdout + mild.stderr
    assert "store.holds-weakly: NOT TESTABLE HERE, so nothing is known: the coll" in mild.stdout
    strict = ("--sidetable-strict", *SUITE, *options)
    done = tests("-c", "/dev/null", "--rootdir=.", "-p", "conftest", *strict)
    assert "1 failed" in done.stdout
    assert "store.holds-weakly  MUST  not-testable" in done.stdout


def test_a_mis_wired_target_is_a_usage_error(tests: Run, project: Path) -> None:
    """It is refused before the first test."""
    (project / "deaf.py").write_text(
        "import mine\nclass Deaf(mine.Old):\n    classify = lambda self, error: 'died'\n",
        encoding="utf-8",
    )
    done = tests(*SUITE, "--sidetable-target=deaf:Deaf")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the kit is blind to it" in done.stderr


KNOWN = """\
[known."store.returns-nothing"]
kind = "by-design"
reason = "It returns the old binding."
"""


def test_a_known_failure_is_expected_and_not_conformant(tests: Run, project: Path) -> None:
    """Nothing is red, and the last lines say all the same that it is not conformant."""
    (project / "known.toml").write_text(KNOWN, encoding="utf-8")
    options = ("--sidetable-target=mine:Faulty", "--sidetable-known=known.toml", "-rx")
    done = tests(*SUITE, *options, "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "57 passed, 1 xfailed" in done.stdout
    assert "store.returns-nothing: by-design: It returns the old binding." in done.stdout
    assert "sidetable: not conformant: 1 known failure: store.returns-nothing" in done.stdout


def test_a_known_failure_that_passes_is_red(tests: Run, project: Path) -> None:
    """A file in the settings is found from there, and has to be kept up to date."""
    (project / "known.toml").write_text(KNOWN, encoding="utf-8")
    settings(project, "sidetable_known = known.toml")
    done = tests(*SUITE, "--sidetable-target=mine:Table", "-k", "returns")
    assert "1 failed" in done.stdout
    assert "store.returns-nothing: pass: take it out of the file of known" in done.stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "known failures: [Errno 2]"),
        ("[", "known failures: known.toml can not be used: it is not TOML"),
        (KNOWN.replace("nothing", "noting"), "known.toml: there is no requirement store.returns-"),
    ],
)
def test_a_file_of_known_failures_that_can_not_be_used_is_a_usage_error(
    tests: Run, project: Path, text: str | None, complaint: str
) -> None:
    """Whatever is wrong with it is said before the first test."""
    if text is not None:
        (project / "known.toml").write_text(text, encoding="utf-8")
    done = tests(*SUITE, "--sidetable-target=mine:Table", "--sidetable-known=known.toml")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert complaint in done.stderr


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
