"""The correct table of profile isolation, where no requirement asks, and what checks let pass."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import pytest

from sidetable_conformance import Session, Verdict, run
from sidetable_conformance.spec import CAPABILITIES
from sidetable_conformance.tables.isolated import Entry, IsolatedTable, is_here
from sidetable_source import FrameError, LocalSource

pytestmark = pytest.mark.slow

OWN = "2026.11"


class Pool:
    """An object that a graph cannot carry."""


@pytest.fixture
def table() -> IsolatedTable:
    """A correct table."""
    return IsolatedTable(OWN)


def failed(factory: object, area: str) -> set[str]:
    """Returns the requirements of an area that a target does not keep."""
    session = Session(factory, profile="isolation")
    results = [session.judge_alone(row) for row in session.requirements if row.area == area]
    assert not [result for result in results if result.verdict is Verdict.ERROR]
    return {result.requirement.id for result in results if result.red}


@pytest.mark.parametrize("edition", ["2026.11", "dynamo-2.13"])
def test_it_keeps_profile_core_in_both_editions(edition: str) -> None:
    """So that what a mutant turns red there is its fault's doing."""
    assert run(partial(IsolatedTable, edition), edition=edition).failed == ()


def test_what_was_never_entered_is_nowhere() -> None:
    """An interrupt can come before a frame is bound, and is then left without having been."""
    assert not is_here(Entry(1, None))


def test_a_frame_is_entered_once(table: IsolatedTable) -> None:
    """And only then has a handle, and only then can be left."""
    frame = table.frame(Pool())
    with pytest.raises(FrameError, match="asked for its handle before"):
        frame.handle  # noqa: B018  # it is what raises
    with pytest.raises(FrameError, match="left before it was entered"):
        frame.__exit__(None, None, None)
    frame = table.frame(Pool())
    with frame, pytest.raises(FrameError, match="entered twice"):
        frame.__enter__()


def test_a_snapshot_that_is_not_entered_can_not_be_left(table: IsolatedTable) -> None:
    """Whatever is bound."""
    table.store(Pool())
    with pytest.raises(FrameError, match="left out of order"):
        table.snapshot().__exit__(None, None, None)


def test_a_set_holds_what_can_not_be_weakly_referenced(table: IsolatedTable) -> None:
    """Where a frame holds an index, what is set there goes with its binding or frame."""
    held = (Pool(),)
    index = table.register_user_object(held, LocalSource("held"), hold="frame")
    table.set(index, held)
    assert table.get(index) is held
    with table.frame((1, 2)):
        table.set(index, held)
        assert table.get(index) is held
    assert table.get(index) is held


def test_an_interrupt_from_the_target_ends_the_run() -> None:
    """Only what a check has raised itself is caught by it."""

    class Interrupted(IsolatedTable):
        def _leave(self, *_: object) -> None:
            raise KeyboardInterrupt

    for area in ("frame.restores", "frame.holds"):
        session = Session(partial(Interrupted, OWN), profile="isolation")
        [row] = [row for row in session.requirements if row.id == area]
        with pytest.raises(KeyboardInterrupt):
            session.judge_alone(row)


def test_a_cancellation_that_nothing_catches_is_the_targets_failure() -> None:
    """It comes every time, which it does not where an interpreter that is traced loses one."""

    class Passing(IsolatedTable):
        def get(self, index: int) -> object:
            with suppress(RuntimeError):
                if asyncio.current_task() is not None:
                    raise asyncio.CancelledError
            return super().get(index)

    session = Session(partial(Passing, OWN), profile="isolation")
    [row] = [row for row in session.requirements if row.id == "frame.restores"]
    result = session.judge_alone(row)
    assert result.verdict is Verdict.FAIL
    assert result.when.endswith("left by cancellation")
    assert result.seen == "a cancellation of the whole run"


def test_a_cancellation_that_gets_lost_once_is_tried_again() -> None:
    """The check goes on with a fresh table."""
    chances = iter([True])

    class Losing(IsolatedTable):
        def get(self, index: int) -> object:
            with suppress(RuntimeError):
                if asyncio.current_task() is not None and next(chances, False):
                    raise asyncio.CancelledError
            return super().get(index)

    session = Session(partial(Losing, OWN), profile="isolation")
    [row] = [row for row in session.requirements if row.id == "frame.restores"]
    assert session.judge_alone(row).verdict is Verdict.PASS


def test_what_a_target_lacks_is_not_looked_at() -> None:
    """Without entry functions or further tables, the rest of a requirement is asked."""
    without = {*CAPABILITIES} - {"frames", "hold", "handles"}
    report = run(partial(IsolatedTable, OWN), profile="isolation", without=without)
    verdicts = {result.requirement.id: result.verdict for result in report.results}
    assert verdicts["hold.frame"] is verdicts["handle.stale"] is Verdict.PASS
    assert verdicts["entry.isolated"] is verdicts["handle.wrong-table"] is Verdict.NOT_APPLICABLE


class HandleError(Exception):
    """The one error that `ByWords` raises for handles, of which only the words differ."""


class ByWords(IsolatedTable):
    """Says what is wrong with a handle by the words of one error."""

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except LookupError as error:
            raise HandleError(type(error).__name__) from None


def test_errors_by_words_need_a_classification() -> None:
    """Of one type, they are told apart only where the target says which is which."""

    class Classifying(ByWords):
        def classify(self, error: BaseException) -> str | None:
            return {
                "StaleHandleError": "stale-handle",
                "UnknownHandleError": "unknown-handle",
                "WrongTableError": "wrong-table",
                "IndexNotRegisteredError": "never-bound",
            }.get(str(error))

    wrong = {"handle.stale", "handle.unknown", "handle.wrong-table"}
    assert failed(partial(ByWords, OWN), "handle") == {*wrong, "handle.resolves-anywhere"}
    assert failed(partial(Classifying, OWN), "handle") == set()
