"""A schedule that gave a wrong result is told step by step, with a script that runs it again."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sidetable_conformance import Result, Session, Verdict, run
from sidetable_conformance.mutants import MUTANTS
from sidetable_conformance.targets.target import open_target
from sidetable_conformance.tracing.scheduled import SCHEDULED, explain_schedule

pytestmark = pytest.mark.slow

OWN = "2026.11"
MODULE = """\
from functools import partial
from sidetable_conformance.mutants import MUTANTS, IsolatedTable

[faulty] = [mutant for mutant in MUTANTS if mutant.__name__ == "ChecksThenIndexes"]
Table = partial(faulty, "2026.11")
Right = partial(IsolatedTable, "2026.11")
"""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A target that looks whether an index is bound, and then looks it up."""
    (tmp_path / "checks_then_indexes.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return Session("checks_then_indexes:Table", profile="isolation")


def failure_of(session: Session) -> Result:
    """Returns what its verdict on every interleaving is."""
    [row] = [row for row in session.requirements if row.id == SCHEDULED]
    result = session.judge_alone(row)
    assert result.verdict is Verdict.FAIL
    return result


def test_a_schedule_is_told_turn_by_turn(session: Session) -> None:
    """First what the threads do, then who runs how far, and at the end what was wrong."""
    found = explain_schedule(session.target, failure_of(session))
    assert found is not None
    case, *turns, wrong = found[0]
    assert case == "a store against a lookup"
    assert turns[0].startswith("thread 1 passes ")
    assert turns[-1] == "the others go on, each to its end"
    assert wrong == "a lookup raised KeyError: 1"


def test_the_script_brings_it_about_again(session: Session) -> None:
    """Every time, and it ends with what was wrong."""
    found = explain_schedule(session.target, failure_of(session))
    assert found is not None
    assert len(found[1].splitlines()) <= 15
    for _ in range(2):
        with pytest.raises(SystemExit, match=r"a store against a lookup, schedule .*KeyError: 1"):
            exec(compile(found[1], "script.py", "exec"), {})


def test_the_script_of_a_table_that_is_right_says_nothing(session: Session) -> None:
    """It is the schedule that is run, and not its result that is repeated."""
    result = failure_of(session)
    found = explain_schedule(session.target, result)
    assert found is not None
    right = found[1].replace("checks_then_indexes:Table", "checks_then_indexes:Right")
    assert right != found[1]
    exec(compile(right, "script.py", "exec"), {})


def test_a_thread_that_goes_on_by_itself_is_told(session: Session) -> None:
    """A turn without a number ends where the thread can not go on."""
    result = replace(failure_of(session), seen="schedule 0:3 1: one, and\nanother")
    found = explain_schedule(session.target, result)
    assert found is not None
    assert found[0][1:] == (
        "thread 0 passes 3 boundaries; it is preempted",
        "thread 1 goes on for as long as it can",
        "the others go on, each to its end",
        "one, and\nanother",
    )


def test_what_can_not_be_imported_has_no_script(session: Session) -> None:
    """The turns are told all the same."""
    [mutant] = [mutant for mutant in MUTANTS if mutant.__name__ == "ChecksThenIndexes"]
    found = explain_schedule(open_target(partial(mutant, OWN)), failure_of(session))
    assert found is not None
    assert found[0]
    assert found[1] == ""


def test_another_failure_is_no_schedules(session: Session) -> None:
    """Neither one of another requirement, nor one that came before any schedule."""
    result = failure_of(session)
    other = next(row for row in session.requirements if row.id != SCHEDULED)
    assert explain_schedule(session.target, replace(result, requirement=other)) is None
    assert explain_schedule(session.target, replace(result, seen="TypeError: no")) is None


def test_a_run_explains_it(session: Session) -> None:
    """It stands in the report."""
    report = run("checks_then_indexes:Table", profile="isolation")
    [result] = [result for result in report.results if result.id == SCHEDULED]
    assert result.script.startswith("from sidetable_conformance.interleavings import replay_case")
    assert result.trace[0] == "a store against a lookup"
