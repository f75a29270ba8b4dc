"""How each verdict ends a test of pytest's, and what is known to fail."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import Requirement, Result, Verdict
from sidetable_conformance.known import KnownFailure, KnownFailures
from sidetable_conformance.pytest_plugin import conclude

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


SUITE = ("--pyargs", "sidetable_conformance")


def settings(project: Path, *lines: str) -> None:
    """Writes pytest's settings for the project."""
    (project / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]), encoding="utf-8")


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
        (Verdict.ERROR, "Failed area.rule: the target was not judged: for a reason"),
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
    assert end.startswith("Skipped area.rule: not scored in 2026.11, because it was added later")


def test_what_can_not_be_tested_is_loud_or_red(tests_process: Run, project: Path) -> None:
    """A skip with its reason, and a failure where the run is strict."""
    (project / "conftest.py").write_text(
        "import gc\ngc.disable()\ngc.collect = lambda *generation: 0\n", encoding="utf-8"
    )
    options = ("--sidetable-target=mine:Table", "-k", "holds-weakly", "-rs")
    mild = tests_process("-c", "/dev/null", "--rootdir=.", "-p", "conftest", *SUITE, *options)
    assert "1 skipped" in mild.stdout, mild.stdout + mild.stderr
    assert "store.holds-weakly: NOT TESTABLE HERE, so nothing is known: the coll" in mild.stdout
    strict = ("--sidetable-strict", *SUITE, *options)
    done = tests_process("-c", "/dev/null", "--rootdir=.", "-p", "conftest", *strict)
    assert "1 failed" in done.stdout
    assert "store.holds-weakly  MUST  not-testable" in done.stdout


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
    assert " passed, 2 xfailed" in done.stdout
    assert "store.returns-nothing: by-design: It returns the old binding." in done.stdout
    assert (
        "sidetable: not conformant: 2 known failures: core.any-sequence, store.returns-nothing"
        in done.stdout
    )


def test_a_known_failure_that_passes_is_red(tests: Run, project: Path) -> None:
    """A file in the settings is found from there, and has to be kept up to date."""
    (project / "known.toml").write_text(KNOWN, encoding="utf-8")
    settings(project, "sidetable_known = known.toml")
    done = tests(*SUITE, "--sidetable-target=mine:Table", "-k", "returns")
    assert "1 failed" in done.stdout
    assert "store.returns-nothing: pass: remove it from the file of known" in done.stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "known failures: [Errno 2]"),
        ("[", "known failures: known.toml cannot be used: it is not TOML"),
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
