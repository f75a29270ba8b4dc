"""What the kit says of tables that threads, tasks and greenlets use at once."""

from __future__ import annotations

import re
import sys
from functools import partial

import pytest

from sidetable_conformance import Session, Verdict, run
from sidetable_conformance.elsewhere import in_greenlets
from sidetable_conformance.interleavings import replay_case
from sidetable_conformance.rules import FAULTS as ALL
from sidetable_conformance.tables import CorrectTable
from sidetable_conformance.tables.isolated import IsolatedTable

from .implementations.like_pytorch import LikePyTorch
from .implementations.threads import ThreadTable

pytestmark = pytest.mark.slow

ALONE_ONLY = ("tables", "frames", "entries", "hold", "snapshots", "handles")
"""What a module with PyTorch's names is not meant to have."""

SHARED = {
    "isolation.threads",
    "isolation.tasks",
    "isolation.greenlets",
    "isolation.no-binding-is-error",
    "isolation.registration",
    "isolation.every-interleaving",
}

ALONE = {
    "index.after-store",
    "index.restarts-on-reset",
    "lookup.dead-is-error",
    "store.empty-clears",
    "store.replaces-all",
    "set.replaces-one",
    "frame.restores",
    "frame.set",
}
"""What has nothing to do with threads."""

FAULTS = [table for table, rule in ALL.values() if rule.id.startswith("isolation.")]


def judged(target: object, *without: str) -> dict[str, Verdict]:
    """Returns the verdicts of profile isolation that apply."""
    report = run(target, profile="isolation", without=without)
    return {
        result.id: result.verdict
        for result in report.results
        if result.verdict is not Verdict.NOT_APPLICABLE
    }


def test_the_reference_keeps_the_whole_profile() -> None:
    """Every requirement passes, and every power is asked for."""
    verdicts = judged("sidetable_core:SideTable")
    assert set(verdicts.values()) == {Verdict.PASS}
    assert len(verdicts) == 24


def test_one_table_for_all_is_reported() -> None:
    """What PyTorch's table does, restated: it fails whatever it is asked for."""
    verdicts = judged(LikePyTorch(), *ALONE_ONLY)
    assert {id_ for id_ in verdicts if verdicts[id_] is Verdict.FAIL} == SHARED


def test_the_schedule_that_is_reported_fails_again() -> None:
    """The report names a case and a schedule, and running just that one shows the same."""
    table = LikePyTorch()
    session = Session(table, profile="isolation", without=ALONE_ONLY)
    [row] = [row for row in session.requirements if row.id == "isolation.every-interleaving"]
    result = session.judge_alone(row)
    said = re.fullmatch(r"schedule ([0-9: ]+): (.*?)(, where .*)?", result.seen)
    assert said is not None
    failure = replay_case(result.when, table, said[1], ALONE_ONLY)
    assert failure is not None
    assert (failure.schedule, failure.wrong) == (said[1], said[2])
    assert session.judge_alone(row) == result
    assert not table.has_user_objects()


def test_a_table_for_every_thread_is_no_binding_for_every_thread() -> None:
    """Registrations belong to all threads, tasks of one thread are apart, and errors tell why."""
    verdicts = judged(ThreadTable, *ALONE_ONLY)
    assert {id_ for id_ in verdicts if verdicts[id_] is Verdict.FAIL} == {
        "isolation.tasks",
        "isolation.greenlets",
        "isolation.no-binding-is-error",
        "isolation.registration",
        "isolation.every-interleaving",
    }


def test_without_greenlet_greenlets_can_not_be_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict says what to install."""
    monkeypatch.setitem(sys.modules, "greenlet", None)
    session = Session(partial(IsolatedTable, "2026.11"), profile="isolation")
    [row] = [row for row in session.requirements if row.id == "isolation.greenlets"]
    result = session.judge_alone(row)
    assert result.verdict is Verdict.NOT_TESTABLE
    assert result.message == "it needs greenlet: pip install 'sidetable-conformance[greenlets]'"


def test_a_frame_that_can_not_be_left_is_reported() -> None:
    """Also where everything was found."""

    class Table(IsolatedTable):
        def _leave(self, entry, error):
            super()._leave(entry, error)
            raise RuntimeError("it cannot be left")

    session = Session(partial(Table, "2026.11"), profile="isolation")
    [row] = [row for row in session.requirements if row.id == "isolation.threads"]
    result = session.judge_alone(row)
    assert result.verdict is Verdict.FAIL
    assert result.seen == "RuntimeError: it cannot be left"


def test_greenlets_may_end_one_before_the_other():
    """Those that are left go on, and each one's result is at its place."""

    def body(turns, meet):
        for _ in range(turns):
            meet()
        return turns

    assert in_greenlets([partial(body, turns) for turns in (3, 0, 1)]) == [3, 0, 1]


@pytest.mark.parametrize("mutant", FAULTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_of_isolation_does_not_show_in_one_thread(mutant: type[CorrectTable]) -> None:
    """As long as one thread uses one table, every one of these is right."""
    session = Session(partial(mutant, "2026.11"), profile="core,isolation")
    rows = [row for row in session.requirements if row.id in ALONE]
    assert {session.judge_alone(row).verdict for row in rows} == {Verdict.PASS}
    assert len(rows) == len(ALONE)
