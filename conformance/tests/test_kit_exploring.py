"""What a run adds to its checks: traces, scripts, and the state machine's search."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from importlib import util

import pytest

from sidetable_conformance import Verdict, run
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.running import exploring

pytestmark = pytest.mark.slow

Make = Callable[[], CorrectTable]
Run = Callable[..., subprocess.CompletedProcess[str]]


class SwapsLater(CorrectTable):
    """From the third store on, four objects are bound in reverse."""

    stores = 0

    def store(self, *objects: object) -> None:
        self.stores += 1
        super().store(*(objects[::-1] if self.stores >= 3 and len(objects) == 4 else objects))


class ReturnsWhatItStored(CorrectTable):
    """A store returns something."""

    def store(self, *objects: object) -> None:
        super().store(*objects)
        return objects  # type: ignore[return-value]


def test_a_failure_has_its_shortest_trace_and_a_script() -> None:
    """What led to it is told in steps, which are few."""
    report = run(partial(ReturnsWhatItStored, "2026.11"))
    [failure] = [row for row in report.results if row.verdict is Verdict.FAIL]
    assert failure.id == "store.returns-nothing"
    assert len(failure.trace) == 1
    assert "store()" in failure.trace[0]


def test_a_script_needs_a_target_that_can_be_imported(project, monkeypatch) -> None:
    """It stands alone, so it names what it imports."""
    monkeypatch.syspath_prepend(project)
    [failure] = [row for row in run("mine:Faulty").results if row.verdict is Verdict.FAIL]
    assert "table = mine.Faulty()" in failure.script
    assert len(failure.script.splitlines()) <= 15


def test_the_state_machine_finds_what_no_check_thought_of() -> None:
    """Its finding turns a requirement red, with the steps that show it."""
    make = partial(SwapsLater, "2026.11")
    assert run(make, budget="none").conformant
    report = run(make)
    [failure] = [row for row in report.results if row.verdict is Verdict.FAIL]
    assert failure.requirement.area == "store"
    assert sum(line.startswith("store(") for line in failure.trace) == 3
    assert failure.expected != failure.seen


def test_the_budget_is_in_the_header(make: Make) -> None:
    """A report says how much was tried."""
    assert run(make, budget="quick").header.budget == "quick"
    assert run(make, budget="none").header.budget == "none"


def test_what_is_red_already_is_not_explored() -> None:
    """The state machine would only find it again, and the header says why it did not run."""
    report = run(partial(ReturnsWhatItStored, "2026.11"))
    assert report.header.budget == "none, because store.returns-nothing did not pass"


def test_without_hypothesis_the_report_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is never passed over in silence."""
    monkeypatch.setattr(exploring, "find_spec", lambda name: None)
    assert util.find_spec("hypothesis") is not None
    report = run(make)
    assert report.header.budget == "none"
    assert any("sidetable-conformance[stateful]" in notice for notice in report.header.notices)


def test_importing_it_without_hypothesis_says_what_to_install(python: Run) -> None:
    """The error is Python's own, with a line about the extra."""
    code = "import sys; sys.modules['hypothesis'] = None; import sidetable_conformance.stateful"
    done = python("-c", code)
    assert done.returncode == 1
    assert "ModuleNotFoundError: import of hypothesis halted" in done.stderr
    assert "`pip install sidetable-conformance[stateful]`" in done.stderr


def test_an_unknown_budget_is_refused(make: Make) -> None:
    """The message lists those that there are."""
    with pytest.raises(ValueError, match=r"no budget 'endless'; choose from none, quick"):
        run(make, budget="endless")


def test_an_edition_without_the_profile_is_refused(make: Make) -> None:
    """Nothing is no conformance."""
    with pytest.raises(ValueError, match=r"edition dynamo-2.13 asks nothing in profile robust"):
        run(make, edition="dynamo-2.13", profile="robust")
