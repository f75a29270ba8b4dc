"""What a run does to its target, and what it makes of everything that can go wrong."""

from __future__ import annotations

import gc
import weakref
from asyncio import CancelledError
from collections.abc import Callable
from functools import partial

import pytest

from sidetable_conformance import (
    EDITIONS,
    Report,
    RequirementFailed,
    Result,
    Session,
    TargetError,
    Verdict,
    requirements,
    run,
)
from sidetable_conformance.bench import Bench
from sidetable_conformance.tables.core import CorrectTable

pytestmark = pytest.mark.slow

Make = Callable[[], CorrectTable]
[LARGE] = [row for row in requirements() if row.id == "store.large"]
IDS = [row.id for row in requirements() if row.profile == "core"]


def result_of(target: object, id_: str) -> Result:
    """Returns the result of one requirement in edition 2026.11."""
    session = Session(target)
    [requirement] = [row for row in session.requirements if row.id == id_]
    return session.judge(requirement)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_correct_table_is_conformant(edition: str) -> None:
    """Every requirement is judged, in the order of the list, and passes."""
    report = run(partial(CorrectTable, edition), edition=edition, name="correct")
    assert [result.id for result in report.results] == IDS
    assert {result.verdict for result in report.results} == {Verdict.PASS}
    assert (report.target, report.edition, report.profile) == ("correct", edition, "core")
    assert report.conformant


def test_the_edition_is_2026_11_unless_said_otherwise(make: Make) -> None:
    """The project's own edition is the default."""
    report = run(make)
    assert (report.edition, report.conformant) == ("2026.11", True)


def test_an_unknown_edition_or_profile_is_refused(make: Make) -> None:
    """The message lists those that there are."""
    with pytest.raises(ValueError, match=r"no edition '2025'; choose from dynamo-2.13, 2026.11"):
        run(make, edition="2025")
    with pytest.raises(ValueError, match=r"no profile 'all'; choose from core"):
        run(make, profile="all")


def test_an_object_is_reset_between_checks_and_left_reset(make: Make) -> None:
    """One process-wide table is judged like a factory's, and is empty afterwards."""
    table = make()
    assert run(table).conformant
    assert not table.has_user_objects()
    assert not table.constructors
    with pytest.raises(LookupError):
        table.get(0)


def test_a_factory_may_wrap_one_table_of_the_process(make: Make) -> None:
    """A factory that gives the same state every time is judged right, and left reset."""
    table = make()
    assert run(lambda: table).conformant
    assert not table.constructors


def test_requirements_can_be_judged_in_any_order(make: Make) -> None:
    """No check depends on another one having run before."""
    session = Session(make)
    for requirement in reversed(session.requirements):
        assert session.judge(requirement).verdict is Verdict.PASS


def test_a_target_without_set_is_not_asked_for_it() -> None:
    """Requirements about a capability that is not there do not apply, and say so."""

    class Old(CorrectTable):
        set = None  # type: ignore[assignment]

    report = run(lambda: Old("2026.11"))
    verdicts = {result.id: result.verdict for result in report.results}
    assert {id_ for id_, v in verdicts.items() if v is Verdict.NOT_APPLICABLE} == {
        id_ for id_ in IDS if id_.startswith("set.")
    }
    [bounds] = [result for result in report.results if result.id == "set.bounds"]
    assert bounds.message == "the target has no set, and need not have one"
    assert report.conformant


def test_a_failure_says_what_was_expected_and_seen() -> None:
    """The facts of a failure are texts, apart and in one line."""

    class Faulty(CorrectTable):
        def get(self, index: int) -> object:
            return None

    result = result_of(lambda: Faulty("2026.11"), "store.position-is-index")
    assert result == Result(
        result.requirement,
        Verdict.FAIL,
        "after a store of 1: expected index 0 finds Thing '0'; seen None",
        "after a store of 1",
        "index 0 finds Thing '0'",
        "None",
        fact=result.fact,
    )
    assert result.fact[0] != ()
    assert result.fact[1] == "found"


@pytest.mark.parametrize(
    "error", [RuntimeError("no"), SystemExit("no"), RecursionError("no"), CancelledError("no")]
)
def test_what_an_operation_raises_is_the_targets_failure(error: BaseException) -> None:
    """An exception out of the target is a failure that names the operation."""

    class Faulty(CorrectTable):
        def store(self, *objects: object) -> None:
            raise error

    result = result_of(lambda: Faulty("2026.11"), "store.position-is-index")
    assert result.verdict is Verdict.FAIL
    assert result.when == "store was called"
    assert (result.expected, result.seen) == ("no exception", f"{type(error).__name__}: no")


def test_what_a_constructor_raises_is_the_targets_failure() -> None:
    """A constructor is the target's too, although the check calls it."""

    class Faulty(CorrectTable):
        def _constructor(self, *arguments: object) -> Callable[[object], None]:
            return lambda codegen: 1 / 0

    result = result_of(lambda: Faulty("2026.11"), "constructor.user-object")
    assert (result.verdict, result.when) == (Verdict.FAIL, "write was called")


@pytest.mark.parametrize("returned", [None, "0", object()], ids=["None", "str", "object"])
def test_an_index_that_is_none_is_the_targets_failure(returned: object) -> None:
    """A registration that forgets its index is not a fault of the kit."""

    class Faulty(CorrectTable):
        def register_user_object(self, *arguments: object) -> object:
            super().register_user_object(*arguments)
            return returned

    report = run(lambda: Faulty("2026.11"))
    assert "index.dense-from-zero" in report.failed
    assert report.errors == ()


def test_a_reset_that_raises_is_the_targets_failure(make: Make) -> None:
    """A broken reset is found by its own requirements, and does not break the others."""

    class Faulty(CorrectTable):
        def reset(self) -> None:
            raise RuntimeError("no")

    report = run(lambda: Faulty("2026.11"))
    assert {"reset.forgets-everything", "index.restarts-on-reset"} <= set(report.failed)
    assert "store.replaces-all" not in report.failed
    assert report.errors == ()


def test_a_live_table_that_can_not_be_reset_fails_everywhere() -> None:
    """Where each check needs a reset first, no check can pass."""

    class Faulty(CorrectTable):
        def reset(self) -> None:
            raise RuntimeError("no")

    report = run(Faulty("2026.11"))
    assert [result.id for result in report.results if result.red] == IDS


def test_a_fault_of_the_kit_is_not_the_targets(make: Make, checks: Callable[..., None]) -> None:
    """A check that goes wrong gives the verdict error, and the others are judged all the same."""
    checks({LARGE: lambda bench: {}["nothing"]}, beside=True)
    report = run(make)
    assert (report.failed, report.errors) == ((), ("store.large",))
    [result] = [row for row in report.results if row.verdict is Verdict.ERROR]
    assert result.message == "the check went wrong: KeyError: 'nothing'"
    assert not report.conformant


def test_an_interpreter_without_a_collector_is_not_the_targets_fault(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is ever let go, no death can be seen, and no verdict is given."""
    monkeypatch.setattr(gc, "collect", lambda *generation: 0)
    gc.disable()
    try:
        result = result_of(make, "keep.graph-created-until-reset")
    finally:
        gc.enable()
    assert result.verdict is Verdict.NOT_TESTABLE
    assert result.message == "the collector of this interpreter frees nothing"


def test_a_factory_that_fails_later_ends_the_run(make: Make) -> None:
    """A factory that can be called only once cannot be judged."""
    tables = [make()]
    with pytest.raises(TargetError, match="calling it without arguments raised IndexError"):
        run(tables.pop)


def test_an_interrupt_leaves_the_target_reset(make: Make, checks: Callable[..., None]) -> None:
    """Who interrupts a run gets the interrupt, and the target back."""
    table = make()

    def interrupted(bench: Bench) -> None:
        bench.fresh().register_graph_created_object(set(), lambda index, codegen: None)
        raise KeyboardInterrupt

    checks({LARGE: interrupted}, beside=True)
    with pytest.raises(KeyboardInterrupt):
        run(table)
    assert not table.constructors


def test_a_report_keeps_nothing_alive() -> None:
    """Tables that were judged, faulty ones too, die although the report is kept."""
    made: list[weakref.ref[CorrectTable]] = []

    class Faulty(CorrectTable):
        def store(self, *objects: object) -> None:
            raise RuntimeError("no")

    def factory() -> CorrectTable:
        table = Faulty("2026.11")
        made.append(weakref.ref(table))
        return table

    report = run(factory)
    gc.collect()
    assert report.failed
    assert len(made) > len(IDS)
    assert [table for table in made if table() is not None] == []


def test_the_same_target_gives_the_same_report(make: Make) -> None:
    """Nothing in a report depends on the run: no address, no time, no order of a set."""

    class Faulty(CorrectTable):
        def get(self, index: int) -> object:
            return object()

    reports = [run(lambda: Faulty("2026.11"), name="faulty").to_json() for _ in range(2)]
    assert reports[0] == reports[1]


def test_a_should_that_fails_does_not_break_conformance() -> None:
    """Only a MUST does."""
    rows = requirements()
    should = type(rows[0])("area.rule", "SHOULD", "core", "It should.")
    failed, passed = Result(should, Verdict.FAIL), Result(rows[1], Verdict.PASS)
    assert Report("mine", "2026.11", "core", (failed, passed)).conformant
    assert Report("mine", "2026.11", "core", (failed,)).failed == ("area.rule",)
    assert not Report("mine", "2026.11", "core", (Result(rows[0], Verdict.FAIL),)).conformant


def test_a_requirement_that_failed_is_an_exception_with_its_facts() -> None:
    """The exception by which checks speak keeps message, expected and seen apart."""
    failure = RequirementFailed("after a store", "index 0", "nothing")
    assert (failure.message, failure.expected, failure.seen) == (
        "after a store",
        "index 0",
        "nothing",
    )
    assert str(failure) == "after a store: expected index 0; seen nothing"
