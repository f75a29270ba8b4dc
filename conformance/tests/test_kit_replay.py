"""The script of a failure is run by one command, and the status says what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sidetable_conformance import Report, Requirement, Result, Verdict
from sidetable_conformance.commands.main import main

from .conftest import Run

pytestmark = pytest.mark.slow

RULE = Requirement("area.rule", "MUST", "core", "Something is asked.")
OTHER = Requirement("area.other", "MUST", "core", "Something else is asked.")
SHOWS = "raise SystemExit('expected a; seen \\x1b[31m[bold]b')\n"


@pytest.fixture
def report(tmp_path: Path) -> str:
    """A report in which one failure has a script, and another one has none."""
    results = (
        Result(RULE, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c", script=SHOWS),
        Result(OTHER, Verdict.PASS),
    )
    path = tmp_path / "report.json"
    path.write_text(Report("mine", "2026.11", "core", results).to_json(), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        (SHOWS, 1, "expected a; seen \\x1b[31m[bold]b\nthe failure shows\n"),
        ("print('all is well')\n", 0, "all is well\nthe failure does not show\n"),
        ("raise SystemExit\n", 0, "the failure does not show\n"),
    ],
)
def test_a_script_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], script: str, status: int, said: str
) -> None:
    """What it says is shown, and nothing in that can style a terminal."""
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    assert main(["replay", str(path)]) == status
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("script", ["import no_such_module\n", "no Python\n"])
def test_a_script_that_can_not_be_run_shows_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], script: str
) -> None:
    """A target that is not there any more is not taken for the failure."""
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    assert main(["replay", str(path)]) == 2
    assert capsys.readouterr().out.endswith("the script could not be run to its end\n")


def test_a_report_has_scripts(report: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The script is found by the id of the requirement."""
    assert main(["replay", report, "area.rule"]) == 1
    assert capsys.readouterr().out.endswith("the failure shows\n")


@pytest.mark.parametrize(
    ("id_", "why"), [("area.other", "has no script"), ("area.none", "no result for area.none")]
)
def test_what_has_no_script_can_not_be_run(
    report: str, capsys: pytest.CaptureFixture[str], id_: str, why: str
) -> None:
    """The message says what is missing."""
    assert main(["replay", report, id_]) == 2
    assert why in capsys.readouterr().err


def test_a_target_in_the_current_folder_is_found(project: Path, kit: Run, python: Run) -> None:
    """The script imports what the run imported, and what is not importable by default is not."""
    (project / "script.py").write_text("import mine as table\n", encoding="utf-8")
    assert kit("replay", "script.py").returncode == 0
    ended = python("-P", "-m", "sidetable_conformance", "replay", "script.py")
    assert ended.returncode == 2
