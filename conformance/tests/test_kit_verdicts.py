"""What counts as a pass, and what keeps a report from being conformant."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection
from contextvars import Context
from dataclasses import replace
from functools import partial
from typing import NoReturn

import pytest

from sidetable_conformance import Report, Requirement, Result, Session, Verdict, run
from sidetable_conformance.bench import Bench, leave_out_what_is_there, place_of, quick_collections
from sidetable_conformance.errors import NotTestable, RequirementFailed
from sidetable_conformance.rule import Check
from sidetable_conformance.rules import FAULTS
from sidetable_conformance.tables.core import CorrectTable, Registering
from sidetable_source import Source

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
    make: Make, checks: Callable[..., None]
) -> Callable[..., dict[str, tuple[Verdict, str]]]:
    """Judges requirements by checks of the test's own, in an order of its own."""
    use = checks

    def judge(
        checks: dict[Requirement, Check],
        order: tuple[Requirement, ...] = (),
        without: Collection[str] = (),
    ) -> dict[str, tuple[Verdict, str]]:
        use(checks)
        session = Session(make, without=without)
        results = [session.judge(row) for row in order or tuple(checks)]
        return {result.id: (result.verdict, result.blocked_by) for result in results}

    return judge


def test_what_needs_a_requirement_that_fails_is_blocked(judged: Callable[..., object]) -> None:
    """It is not run, and points to the root; so does what needs it in turn."""
    assert judged({FIRST: fails, SECOND: fails, THIRD: passes}) == {
        "area.first": (Verdict.FAIL, ""),
        "area.second": (Verdict.BLOCKED, "area.first"),
        "area.third": (Verdict.BLOCKED, "area.first"),
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
    """What was opted out of is not missing."""
    optional = replace(FIRST, capabilities=("tables",))
    assert judged({optional: fails, SECOND: passes}, without=["tables"]) == {
        "area.first": (Verdict.NOT_APPLICABLE, ""),
        "area.second": (Verdict.PASS, ""),
    }


def test_a_pass_that_saw_nothing_is_vacuous(judged: Callable[..., object]) -> None:
    """A check without a single fact has shown nothing."""
    assert judged({FIRST: sees_nothing}) == {"area.first": (Verdict.VACUOUS, "")}


def test_a_pass_without_its_premise_is_vacuous() -> None:
    """A lookup that is never an error keeps what a set is about from happening."""
    table, _ = FAULTS["UnboundIsNone"]
    session = Session(partial(table, "2026.11"))
    [row] = [row for row in session.requirements if row.id == "set.not-weak-referenceable"]
    assert session.judge_alone(row).verdict is Verdict.VACUOUS


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
    """What cannot be tested here is red only where that was asked for."""
    results = (Result(FIRST, Verdict.PASS), Result(SECOND, verdict))
    report = Report("mine", "2026.11", "core", results)
    assert report.conformant is conformant
    assert replace(report, strict=True).conformant is strictly


def test_a_should_that_is_not_kept_does_not_count() -> None:
    """Only a MUST decides."""
    should = replace(FIRST, level="SHOULD")
    rows = (Result(SECOND, Verdict.PASS), Result(should, Verdict.FAIL))
    assert Report("mine", "2026.11", "core", rows).conformant


def test_a_control_that_fails_is_the_kits_fault(judged: Callable[..., object]) -> None:
    """What no implementation can change is not held against one."""

    def controls(bench: Bench) -> None:
        bench.control(False, "one is two")

    assert judged({FIRST: controls}) == {"area.first": (Verdict.ERROR, "")}


def test_a_profile_can_be_needed_whole(judged: Callable[..., object]) -> None:
    """Then all its other requirements are judged first, and any of them blocks."""
    whole = replace(FIRST, id="area.whole", needs=("core",))
    assert judged({whole: fails, FIRST: passes, SECOND: fails}) == {
        "area.whole": (Verdict.BLOCKED, "area.second"),
        "area.first": (Verdict.PASS, ""),
        "area.second": (Verdict.FAIL, ""),
    }
    assert judged({whole: fails, FIRST: passes})["area.whole"] == (Verdict.FAIL, "")


def test_an_unknown_budget_is_refused(make: Callable[[], CorrectTable]) -> None:
    """With those that there are."""
    with pytest.raises(ValueError, match="there is no budget 'big'; choose from none"):
        run(make, budget="big")


def test_collections_leave_nothing_out_that_somebody_else_froze() -> None:
    """It is not the kit's to thaw, and so the kit freezes nothing either."""
    early: list[object] = []

    def collected() -> list[bool]:
        gc.freeze()
        late: list[object] = []
        with quick_collections():
            leave_out_what_is_there()
            found = gc.get_objects()  # but those that are frozen
            return [any(one is each for each in found) for one in (early, late)]

    assert Context().run(collected) == [False, True]
    assert all(one is not early for one in gc.get_objects())


def test_a_place_is_only_in_the_check() -> None:
    """Outside of it there is none."""
    assert place_of(None, run.__code__) == ()


class Named(CorrectTable):
    """A table that asks a source for its name at once, for its messages."""

    def register_user_object(self, value: object, source: Source) -> int:
        assert source.name
        return super().register_user_object(value, source)


def test_the_name_of_a_source_may_be_asked_for_at_registration() -> None:
    """It is what a person reads, and calls nothing of what was handed over."""
    session = Session(partial(Named, "2026.11"))
    [row] = [row for row in session.requirements if row.id == "constructor.lazy"]
    assert session.judge_alone(row).verdict is Verdict.PASS


class Unsupported(Exception):  # noqa: N818  # the name is what is asked for
    """An error of the right name."""


class Curt(CorrectTable):
    """A table whose refusal does not say what kind of object it was."""

    def _refuse(self, kind: Registering, value: object, cause: TypeError) -> NoReturn:
        raise Unsupported("no") from cause


def test_a_refusal_has_to_say_what_it_refused() -> None:
    """The right name alone is not enough."""
    session = Session(partial(Curt, "2026.11"))
    [row] = [row for row in session.requirements if row.id == "weakref.user-object"]
    result = session.judge_alone(row)
    assert (result.verdict, result.expected) == (Verdict.FAIL, "an error about a user object")


def test_a_requirement_need_not_differ_between_editions() -> None:
    """Then the report does not say how it does."""
    assert FIRST.how_editions_differ == ""
