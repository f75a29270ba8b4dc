"""`diff` says what two reports or targets differ in, and `replay` judges again what failed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_two_targets_are_judged_and_compared(kit: Run) -> None:
    """A row for each requirement with other verdicts, and status 1."""
    done = kit("diff", "mine:Table", "mine:Faulty")
    assert done.returncode == 1
    [row] = [line for line in done.stdout.splitlines() if "store.returns-nothing" in line]
    assert row.split() == ["store.returns-nothing", "pass", "fail"]
    assert "\ndifferent: 2 of " in done.stdout


def test_a_report_can_be_compared_with_a_target(kit: Run) -> None:
    """Nothing differs from the run that wrote it, and status 0."""
    assert kit("run", "mine:Table", "--json", "report.json").returncode == 0
    done = kit("diff", "report.json", "mine:Table")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no difference: ")


def test_what_only_one_was_asked_is_a_difference(kit: Run) -> None:
    """It stands for a verdict where there is none."""
    kit("run", "mine:Table", "--edition", "dynamo-2.13", "--json", "one.json")
    kit("run", "mine:Table", "--profile", "isolation", "--json", "other.json")
    done = kit("diff", "one.json", "other.json")
    assert done.returncode == 1
    assert "not asked" in done.stdout


@pytest.mark.parametrize("ids", [(), ("store.returns-nothing",)], ids=["all", "one"])
def test_what_failed_is_judged_again(kit: Run, project: Path, ids: tuple[str, ...]) -> None:
    """Status 1 with what was seen, until the target is repaired."""
    assert kit("run", "mine:Faulty", "--json", "report.json").returncode == 1
    done = kit("replay", "report.json", *ids)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("store.returns-nothing: fail\n    A store returns None.\n")
    text = (project / "mine.py").read_text(encoding="utf-8")
    (project / "mine.py").write_text(text.replace("return ", "pass; "), encoding="utf-8")
    again = kit("replay", "report.json", *ids)
    assert (again.returncode, again.stdout) == (0, "store.returns-nothing: pass\n")


def test_a_replay_needs_a_report_and_ids(kit: Run, project: Path) -> None:
    """Status 2, and what is wrong."""
    (project / "no.json").write_text("{}", encoding="utf-8")
    assert "no.json cannot be used: it is not a report" in kit("replay", "no.json").stderr
    assert "no-file.json cannot be used: No such file" in kit("replay", "no-file.json").stderr
    kit("run", "mine:Table", "--json", "report.json")
    done = kit("replay", "report.json", "store.none")
    assert done.returncode == 2
    assert "there is no requirement store.none" in done.stderr
