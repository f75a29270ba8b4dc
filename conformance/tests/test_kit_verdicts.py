"""What counts as a pass, and what keeps a report from being conformant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import pytest

from sidetable_conformance import Report, Requirement, Result, Session, Verdict
from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.check import Check, check
from sidetable_conformance.errors import NotTestable, RequirementFailed
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.running import session as session_module

Make = Callable[[], CorrectTable]
FIRST = Requirement("area.first", "MUST", "core", "One thing is asked.")
SECOND = Requirement("area.second", "MUST", "core", "More is asked.", needs=("area.first",))
THIRD = Requirement("area.third", "MUST", "core", "Still more.", needs=("area.second",))


def passes(bench: Bench) -> None:
    """Sees one fact, which holds."""
    bench.require(True, "always", "true", "")


def fails(bench: Bench) -> None:
    """Sees a fact that does not hold."""
    raise RequirementFailed("always", "false", "true")


def sees_nothing(bench: Bench) -> None:
    """Requires what no table of the target makes happen."""
    for index, _ in bench.fresh().constructors():
        bench.require(index == 0, "never", "0", str(index))


def can_not_see(bench: Bench) -> None:
    """Needs what the interpreter does not have."""
    raise NotTestable("there is no collector")


@pytest.fixture
def judged(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, tuple[Verdict, str]]]:
    """Judges requirements by checks of the test's own, in an order of its own."""

    def judge(
        checks: dict[Requirement, Check], order: tuple[Requirement, ...] = ()
    ) -> dict[str, tuple[Verdict, str]]:
        monkeypatch.setattr(session_module, "requirements", lambda: tuple(checks))
        named = MappingProxyType({row.id: function for row, function in checks.items()})
        monkeypatch.setattr(session_module, "CHECKS", named)
        session = Session(make)
        results = [session.judge(row) for row in order or tuple(checks)]
        return {result.id: (result.verdict, result.blocked_by) for result in results}

    return judge


def test_what_needs_a_requirement_that_fails_is_blocked(judged: Callable[..., object]) -> None:
    """It is not run, and points to what it needs; so is what needs it in turn."""
    assert judged({FIRST: fails, SECOND: fails, THIRD: passes}) == {
        "area.first": (Verdict.FAIL, ""),
        "area.second": (Verdict.BLOCKED, "area.first"),
        "area.third": (Verdict.BLOCKED, "area.second"),
    }


def test_blocking_does_not_depend_on_the_order(judged: Callable[..., object]) -> None:
    """What is needed is judged first, although nobody asked for it yet."""
    checks = {FIRST: fails, SECOND: passes, THIRD: passes}
    assert judged(checks, (THIRD, SECOND, FIRST)) == judged(checks)


def test_what_needs_a_requirement_that_passes_is_judged(judged: Callable[..., object]) -> None:
    """Nothing is blocked where everything needed is kept."""
    assert judged({FIRST: passes, SECOND: fails}) == {
        "area.first": (Verdict.PASS, ""),
        "area.second": (Verdict.FAIL, ""),
    }


def test_what_was_not_shown_blocks_too(judged: Callable[..., dict[str, object]]) -> None:
    """A requirement whose check has shown nothing is not one to rely on."""
    assert judged({FIRST: sees_nothing, SECOND: passes}) == {
        "area.first": (Verdict.VACUOUS, ""),
        "area.second": (Verdict.BLOCKED, "area.first"),
    }


def test_what_can_not_be_tested_here_blocks_nothing(
    judged: Callable[..., dict[str, object]],
) -> None:
    """It may be kept, and is no fault of the target's, so what needs it is judged."""
    assert judged({FIRST: can_not_see, SECOND: fails, THIRD: passes}) == {
        "area.first": (Verdict.NOT_TESTABLE, ""),
        "area.second": (Verdict.FAIL, ""),
        "area.third": (Verdict.BLOCKED, "area.second"),
    }


def test_a_capability_that_is_not_there_blocks_nothing(judged: Callable[..., object]) -> None:
    """What does not apply is not missing."""
    optional = replace(FIRST, capabilities=("set in stone",))
    assert judged({optional: fails, SECOND: passes}) == {
        "area.first": (Verdict.NOT_APPLICABLE, ""),
        "area.second": (Verdict.PASS, ""),
    }


def test_a_pass_that_saw_nothing_is_vacuous(judged: Callable[..., object]) -> None:
    """A check without a single fact has shown nothing."""
    assert judged({FIRST: sees_nothing}) == {"area.first": (Verdict.VACUOUS, "")}


def test_a_pass_without_its_premise_is_vacuous(judged: Callable[..., object]) -> None:
    """Seeing other facts does not make up for the one that it is about."""

    @check("area.first", "dead", "fact")
    def about_death(bench: Bench) -> None:
        passes(bench)

    assert judged({FIRST: about_death}) == {"area.first": (Verdict.VACUOUS, "")}


def test_a_pass_counts_what_it_saw(make: Make) -> None:
    """A report can tell how often each kind of fact was seen."""
    session = Session(make)
    [row] = [row for row in session.requirements if row.id == "store.replaces-all"]
    counts = dict(session.judge(row).counts)
    assert counts["found"] > 10
    assert counts["not found"] > 10


@pytest.mark.parametrize(
    ("verdict", "conformant", "strictly"),
    [
        (Verdict.PASS, True, True),
        (Verdict.NOT_APPLICABLE, True, True),
        (Verdict.NOT_TESTABLE, True, False),
        (Verdict.FAIL, False, False),
        (Verdict.VACUOUS, False, False),
        (Verdict.BLOCKED, False, False),
        (Verdict.ERROR, False, False),
    ],
)
def test_conformance_by_verdict(verdict: Verdict, *, conformant: bool, strictly: bool) -> None:
    """What can not be tested here is red only where that was asked for."""
    results = (Result(FIRST, Verdict.PASS), Result(SECOND, verdict))
    report = Report("mine", "2026.11", "core", results)
    assert report.conformant is conformant
    assert replace(report, strict=True).conformant is strictly


def test_a_should_that_is_not_kept_does_not_count() -> None:
    """Only a MUST decides."""
    should = replace(FIRST, level="SHOULD")
    assert Report("mine", "2026.11", "core", (Result(should, Verdict.FAIL),)).conformant


def test_a_control_that_fails_is_the_kits_fault(judged: Callable[..., object]) -> None:
    """What no implementation can change is not held against one."""

    def controls(bench: Bench) -> None:
        bench.control(False, "one is two")

    assert judged({FIRST: controls}) == {"area.first": (Verdict.ERROR, "")}
