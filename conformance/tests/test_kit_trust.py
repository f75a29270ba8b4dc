"""What makes a verdict one to rely on: nothing is green by accident, and red leads to the cause."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

from sidetable_conformance import Report, Result, Session, Verdict, run
from sidetable_conformance.adapters import PyTorchDictionaries
from sidetable_conformance.cli import KIT_FAULT
from sidetable_conformance.driver import open_target
from sidetable_conformance.elsewhere import in_child
from sidetable_conformance.errors import CouldNotRun, RequirementFailed
from sidetable_conformance.output.html import html
from sidetable_conformance.output.markdown import badge, markdown
from sidetable_conformance.output.wording import conclusion
from sidetable_conformance.own_code import Alone, OwnCode, WaitsForItself
from sidetable_conformance.rules import FAULTS, RULES
from sidetable_conformance.session import explained, judged_again, run_check
from sidetable_conformance.spec import CAPABILITIES
from sidetable_conformance.tables import CorrectTable

from .conftest import Run

pytestmark = pytest.mark.slow

OWN = "2026.11"


def failed(report: Report) -> list[str]:
    """Returns what failed, and was not blocked by anything else."""
    return list(report.failed)


# --- no false green --------------------------------------------------------------------------


def test_one_table_of_the_process_is_red_in_isolation() -> None:
    """Nothing is left out because the target cannot do it; each power it lacks fails once."""
    report = run(PyTorchDictionaries(), profile="isolation", budget="none")
    assert not report.conformant
    assert {"isolation.threads", "isolation.tasks", "isolation.tables"} <= set(report.failed)
    lacking = [row for row in report.results if "--without" in row.expected]
    assert len(lacking) == len({row.expected for row in lacking}) == 4
    assert all(row.script == "" for row in lacking)
    roots = {row.blocked_by for row in report.results if row.blocked_by}
    assert roots <= set(report.failed)


def test_what_was_not_asked_stands_beside_the_verdict(kit: Run, project: Path) -> None:
    """On the terminal, in the summary, in the page, in the badge and in the document."""
    files = [f"--{kind}={project / kind}" for kind in ("json", "html", "markdown", "badge")]
    done = kit("run", "mine:Table", "--without=set,tables", "--budget=none", *files)
    said = "conformant: 54 of 55 requirements pass (1 not-testable); not asked: set"
    assert done.stdout.splitlines()[-1] == said
    assert said in (project / "markdown").read_text("utf-8")
    assert "54 of 55 requirements pass (1 not-testable); not asked: set" in (
        project / "html"
    ).read_text("utf-8")
    message = json.loads((project / "badge").read_text("utf-8"))["message"]
    assert message == "core 2026.11 54/55 (not asked: set)"
    assert json.loads((project / "json").read_text("utf-8"))["header"]["without"] == ["set"]


def test_nothing_that_passes_is_never_conformant(kit: Run) -> None:
    """However little was asked."""
    left_out = Result(RULES["set.bounds"].requirement, Verdict.NOT_APPLICABLE)
    report = Report("mine", OWN, "core", (left_out,))
    assert not report.conformant
    assert not report.as_known
    assert json.loads(badge(report))["color"] == "red"
    assert "Nothing was asked." in html(report)


def test_pytest_is_not_green_where_everything_was_left_out(tests: Run) -> None:
    """All of it is skipped, and nothing was said of the target."""
    options = ("--sidetable-profile=isolation", f"--sidetable-without={','.join(CAPABILITIES)}")
    done = tests("--pyargs", "sidetable_conformance", "--sidetable-target=mine:Table", *options)
    assert "24 skipped" in done.stdout
    assert done.returncode == 1


def test_help_lists_the_capabilities(kit: Run) -> None:
    """Whoever opts out has to know their names."""
    said = " ".join(kit("run", "--help").stdout.split())
    assert "set, tables, threads, tasks, greenlets, frames, entries, hold, snapshots," in said


# --- one check hides nothing from another ----------------------------------------------------


def module_of(table: type[CorrectTable], monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes a module of one table's methods, and returns its name."""
    module, made = ModuleType("one_for_all"), table(OWN)
    for name in (*("get", "set", "store", "reset", "has_user_objects", "constructors"),
                 *("register_user_object", "register_graph_created_object")):  # fmt: skip
        setattr(module, name, getattr(made, name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.__name__


def test_what_one_check_left_hides_nothing_from_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first kept object of the process is the first of each check's."""

    class KeepsTheFirstForGood(CorrectTable):
        def _keep(self, value: object) -> None:
            self.__dict__.setdefault("_first", value)
            super()._keep(value)

    session = Session(module_of(KeepsTheFirstForGood, monkeypatch))
    for id_ in ("keep.released-on-reset", "reset.forgets-everything"):
        assert session.judge_alone(RULES[id_].requirement).verdict is Verdict.FAIL


def test_a_module_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is judged in processes of its own, and what is bound stays bound."""
    bound = {"an object"}
    name = module_of(CorrectTable, monkeypatch)
    sys.modules[name].store(bound)
    session = Session(name)
    for id_ in ("store.empty-clears", "reset.idempotent"):
        assert session.judge_alone(RULES[id_].requirement).verdict is Verdict.PASS
    assert sys.modules[name].get(0) is bound


def test_a_child_that_crashes_is_a_failure() -> None:
    """What it raises comes back, and what it returns."""
    assert in_child(lambda: 5) == 5
    with pytest.raises(RequirementFailed, match="after this"):
        in_child(lambda: raise_(RequirementFailed("after this", "a", "b")))
    with pytest.raises(RequirementFailed, match="it crashed with SIGKILL"):
        in_child(lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_where_no_child_can_be_made_this_process_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a browser, or where there is no room for one more."""
    with monkeypatch.context() as patch:
        patch.setattr("os.fork", lambda: raise_(OSError("no room")))
        assert in_child(lambda: 5) == 5
    monkeypatch.delattr("os.fork")
    assert in_child(lambda: 5) == 5


def raise_(error: Exception) -> None:
    """Raises it."""
    raise error


# --- kinds, not names; roots, not cascades ---------------------------------------------------


def test_a_classification_is_believed_whatever_the_class_is_called() -> None:
    """Of what is refused at a registration, a store and a set."""

    class Refused(Exception):  # noqa: N818  # the point
        """Says of which kind the object was that was refused."""

    class Saying(CorrectTable):
        def __init__(self) -> None:
            super().__init__(OWN)

        def _refuse(self, kind: str, value: object, cause: TypeError) -> NoReturn:
            raise Refused(kind) from cause

        def store(self, *objects: object) -> None:
            try:
                super().store(*objects)
            except TypeError:
                raise ValueError from None

        def set(self, index: int, value: object) -> None:
            try:
                super().set(index, value)
            except TypeError:
                raise ValueError from None

        def classify(self, error: BaseException) -> str | None:
            said = {Refused: "unsupported", ValueError: "not-weak-referenceable"}
            return said.get(type(error))

    assert failed(run(Saying, budget="none")) == []


def test_an_accepted_int_fails_where_it_is_accepted_and_blocks_the_rest() -> None:
    """And what is blocked points to the root."""
    report = run(partial(FAULTS["EveryValueIsHeldInstead"][0], OWN), budget="none")
    assert failed(report) == ["weakref.user-object"]
    blocked = [row for row in report.results if row.verdict is Verdict.BLOCKED]
    assert {row.blocked_by for row in blocked if row.id != "core.any-sequence"} == {
        "weakref.user-object"
    }


# --- red leads to the cause ------------------------------------------------------------------


def test_what_comes_in_the_middle_is_shown_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of the table, what differs and nothing else, and a script."""
    monkeypatch.setitem(sys.modules, "torn", ModuleType("torn"))
    sys.modules["torn"].Table = partial(FAULTS["DoesNotLookAgain"][0], OWN)
    id_ = "robust.finalizer-reentrancy"
    session = Session("torn:Table", profile="robust")
    result = explained(session, session.judge_alone(RULES[id_].requirement))
    assert " in the middle of " in result.when
    assert re.search(r", at \S+\.py:\d+ in \w+", result.when)
    assert "presence" not in result.seen
    assert "judged_again('torn:Table', 'robust.finalizer-reentrancy'" in result.script
    assert judged_again("torn:Table", id_) == result.message


def test_a_schedule_says_where_threads_stop() -> None:
    """In the table's own file."""
    table = partial(FAULTS["CountsInTwoSteps"][0], OWN)
    result = run_check(RULES["isolation.registration"], open_target(table), OWN)
    assert "where thread 0 stops at " in result.seen
    assert "every_interleaving.py:" in result.seen


# --- no verdict depends on how busy the machine is -------------------------------------------


def test_a_missed_deadline_is_neither_red_nor_green(
    kit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check could not run, and the status says so."""

    def late(*_: object) -> None:
        raise CouldNotRun("2 threads at once", 60)

    for id_ in ("threads", "no-binding-is-error", "registration", "every-interleaving"):
        monkeypatch.setattr(RULES[f"isolation.{id_}"], "function", late)
    names = ",".join({*CAPABILITIES} - {"threads"})
    done = kit("run", "mine:Table", "--profile=isolation", "--budget=none", f"--without={names}")
    assert done.returncode == KIT_FAULT
    assert "could not run: 2 threads at once did not end within 60" in done.stdout


def test_waiting_for_somebody_elses_thread_is_no_deadlock() -> None:
    """A lock of the table's own that is taken twice is; the start of a thread only takes time."""
    alone = Alone(OwnCode(), bound=0)
    with pytest.raises(WaitsForItself):
        alone.wait_for(lambda: False)
    assert (alone.waited, alone.late) in ((1, False), (0, True))


# --- small things ----------------------------------------------------------------------------


def test_what_was_not_asked_buries_no_failure(kit: Run) -> None:
    """Its rule is not printed, and what is blocked is a line for each root."""
    done = kit("run", "mine:Old", "--profile=isolation", "--budget=none")
    assert "\nframe.set  MUST\n" not in done.stdout
    assert re.search(r"\nblocked\n(    by .*\n)*    by frame\.restores: ", done.stdout)
    assert "\nframe.nested  MUST\n" not in done.stdout
    assert conclusion(Report("mine", OWN, "core", ())) in markdown(Report("mine", OWN, "core", ()))


def test_a_replay_passes_only_what_passes(kit: Run, project: Path) -> None:
    """What cannot be judged there has not passed."""
    kit("run", "mine:Old", f"--json={project / 'report.json'}", "--budget=none")
    assert kit("replay", "report.json", "set.bounds").returncode == 1
