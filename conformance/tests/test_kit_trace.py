"""Every requirement is traced to the runs that tested it, and none is lost on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sidetable_conformance import Report, Requirement, Result, Verdict, run
from sidetable_conformance.commands.main import main
from sidetable_conformance.mutants import PARENTS
from sidetable_conformance.spec.listing import Listing, listing
from sidetable_conformance.spec.traceability import State, Traced, trace
from sidetable_conformance.spec.unchecked import Excluded, Reserved, Retired

pytestmark = pytest.mark.slow

Said = pytest.CaptureFixture[str]

ASKED = Requirement("area.rule", "MUST", "core", "Something is asked.")
LISTED = Listing(
    (ASKED,),
    (Excluded("area.unseen", "Something is so.", "Nobody can see it."),),
    (Reserved("area.later", "robust", "Something will be asked."),),
    (Retired("area.gone", "2026.11", "Nobody needs it."),),
)
UNTOUCHED = (
    Traced("area.unseen", State.EXCLUDED, "Nobody can see it."),
    Traced("area.later", State.RESERVED, "profile robust"),
    Traced("area.gone", State.RETIRED, "since 2026.11: Nobody needs it."),
)


def written(path: Path, *results: Result) -> str:
    """Writes a report with these results, and returns the name of its file."""
    path.write_text(Report("mine", "2026.11", "core", results).to_json(), encoding="utf-8")
    return str(path)


def results(verdict: Verdict) -> list[Result]:
    """Returns one result of this verdict for every requirement of the list."""
    return [Result(row, verdict) for row in listing().requirements]


def test_what_a_run_judged_is_tested() -> None:
    """All of its verdicts are shown, and the ids without a check keep their reasons."""
    tested = Traced("area.rule", State.TESTED, "fail, pass")
    assert trace(LISTED, {"area.rule": {"pass", "fail"}}) == (tested, *UNTOUCHED)
    assert not any(row.wrong for row in (tested, *UNTOUCHED))


@pytest.mark.parametrize(
    ("verdicts", "detail"),
    [
        ({}, "in no report"),
        ({"area.rule": {"not-applicable", "blocked"}}, "only blocked, not-applicable"),
    ],
)
def test_what_no_run_judged_is_untested(verdicts: dict[str, set[str]], detail: str) -> None:
    """A verdict that says nothing of the target is no test."""
    [row, *others] = trace(LISTED, verdicts)
    assert row == Traced("area.rule", State.UNTESTED, detail)
    assert row.wrong
    assert tuple(others) == UNTOUCHED


@pytest.mark.parametrize("id_", ["area.unseen", "area.later", "area.gone"])
def test_what_has_no_check_can_not_be_judged(id_: str) -> None:
    """A result of it contradicts the list."""
    [row] = [row for row in trace(LISTED, {id_: {"pass"}}) if row.id == id_]
    assert row.state is State.UNEXPECTED
    assert row.detail.endswith(", and yet judged: pass")
    assert row.wrong


def test_what_is_not_listed_can_not_be_judged() -> None:
    """An id that only a run knows stands at the end."""
    assert trace(LISTED, {"area.new": {"fail"}})[-1] == Traced(
        "area.new", State.UNEXPECTED, "not listed: fail"
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="two requirements need a fork to be tested")
def test_a_real_run_tests_every_requirement(tmp_path: Path, capsys: Said) -> None:
    """The ids that a run emits are those that are listed, each once, in the order of the list.

    The table is the one that the faults of profile robust are planted in, and has none itself.
    """
    report = run(partial(PARENTS[-1], "2026.11"), profile=PARENTS[-1].profiles)
    assert {result.verdict for result in report.results} == {Verdict.PASS}
    path = written(tmp_path / "report.json", *report.results)
    assert main(["trace", path]) == 0
    said = capsys.readouterr().out
    listed = listing()
    counts = [f"{len(listed.requirements)} tested", f"{len(listed.excluded)} excluded"]
    counts += [f"{len(listed.reserved)} reserved"] if listed.reserved else []
    assert said.endswith(f"\n{', '.join(counts)}\n")
    ids = [line.split()[0] for line in said.splitlines()[: len(listed.requirements)]]
    assert ids == [row.id for row in listed.requirements]


def test_several_reports_are_taken_together(tmp_path: Path, capsys: Said) -> None:
    """What one run could not test, another one may have."""
    half = len(listing().requirements) // 2
    passed, other = results(Verdict.PASS), results(Verdict.NOT_APPLICABLE)
    first = written(tmp_path / "first.json", *passed[:half], *other[half:])
    second = written(tmp_path / "second.json", *other[:half], *passed[half:])
    assert main(["trace", first]) == 4
    assert "untested    only not-applicable\n" in capsys.readouterr().out
    assert main(["trace", first, second]) == 0
    assert "tested      not-applicable, pass\n" in capsys.readouterr().out


def test_an_id_that_is_not_listed_is_status_4(tmp_path: Path, capsys: Said) -> None:
    """The kit is at fault when a run judges what nobody asks."""
    path = written(tmp_path / "report.json", *results(Verdict.PASS), Result(ASKED, Verdict.PASS))
    assert main(["trace", path]) == 4
    assert "unexpected  not listed: pass\n" in capsys.readouterr().out


def test_the_table_can_be_written(tmp_path: Path) -> None:
    """As a table in Markdown, with a row for every id."""
    path = written(tmp_path / "report.json", *results(Verdict.PASS))
    assert main(["trace", path, "--markdown", str(tmp_path / "table.md")]) == 0
    head, rule, *rows = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert (head, rule) == ("| id | state | verdicts, or why there are none |", "|---|---|---|")
    assert rows[0] == "| index.dense-from-zero | tested | pass |"
    assert len(rows) == len(listing().entries)


def test_a_table_that_can_not_be_written_is_status_2(tmp_path: Path, capsys: Said) -> None:
    """What was wrong is said on the error stream."""
    path = written(tmp_path / "report.json", *results(Verdict.PASS))
    assert main(["trace", path, "--markdown", str(tmp_path / "no" / "table.md")]) == 2
    assert "table.md" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_text("{", encoding="utf-8"), "it is not JSON"),
        (lambda path: path.write_bytes(b"\xff"), "it is not UTF-8"),
        (lambda path: path.mkdir(), "can not be used: Is a directory"),
    ],
)
def test_a_file_that_is_no_report_is_status_2(
    make: Callable[[Path], object], reason: str, tmp_path: Path, capsys: Said
) -> None:
    """Nothing is traced then, and the file is named."""
    path = tmp_path / "report.json"
    make(path)
    assert main(["trace", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "report.json can not be used" in said.err
    assert reason in said.err
