"""What goes on in other threads and tasks is seen there, and judged in the check's own thread."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from functools import partial

import pytest

from sidetable_conformance.bench import Bench
from sidetable_conformance.driver import open_target
from sidetable_conformance.elsewhere import (
    Meet,
    MeetTasks,
    Seen,
    at_once,
    elsewhere,
    interleaved,
    waited,
)
from sidetable_conformance.errors import CouldNotRun
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.tables.isolated import IsolatedTable

HERE: ContextVar[str] = ContextVar("HERE")


@pytest.fixture
def bench() -> Bench:
    """A bench over a correct table."""
    return Bench(open_target(partial(IsolatedTable, "2026.11")), "2026.11")


def test_what_was_seen_is_judged_later(bench: Bench) -> None:
    """A table that has changed since does not matter."""
    table, kept = bench.fresh(), things(2)
    table.store(*kept)
    seen = Seen(table.get, range(3))
    table.store()
    bench.still_finds(seen, dict(enumerate(kept)), range(3), "later")
    assert bench.counts == {"found": 2, "not found": 1}


def test_an_error_that_was_seen_holds_nothing(bench: Bench) -> None:
    """Its traceback would lead to what the lookup had in its hands."""
    seen = Seen(bench.fresh().get, [0])
    for _ in range(2):
        with pytest.raises(LookupError) as caught:
            seen.get(0)
        assert [entry.name for entry in caught.traceback][1:] == ["get"]


def test_elsewhere_nothing_is_bound() -> None:
    """The thread is new, and so is its context, whatever it would begin with by itself."""
    HERE.set("here")
    assert elsewhere(lambda: HERE.get("nothing")) == "nothing"
    assert elsewhere(threading.get_ident) != threading.get_ident()


def test_what_is_raised_elsewhere_comes_out() -> None:
    """A check sees an operation's exception as if it had called it itself."""
    with pytest.raises(ZeroDivisionError):
        elsewhere(lambda: 1 / 0)


def test_threads_wait_for_one_another() -> None:
    """All have done the first half before any does the second."""
    done: list[str] = []

    def body(number: int, meet: Meet) -> int:
        done.append("first")
        meet()
        done.append("second")
        return number

    assert at_once([partial(body, number) for number in range(3)]) == [0, 1, 2]
    assert done == ["first"] * 3 + ["second"] * 3


def test_the_first_exception_of_several_threads_comes_out() -> None:
    """Those that wait for the thread that failed are not blamed."""

    def fails(_: Meet) -> None:
        raise KeyError("the one")

    with pytest.raises(KeyError, match="the one"):
        at_once([lambda meet: meet(), fails])


def test_threads_that_hold_one_another_up_fail() -> None:
    """One that never comes is noticed, however long it takes."""
    with pytest.raises(CouldNotRun, match="could not run: 2 threads at once"):
        at_once([lambda meet: meet(), lambda _: None], bound=0.01)


def test_a_thread_that_does_not_come_back_fails() -> None:
    """It is left behind, and ends with the process at the latest."""
    gate = threading.Event()
    with pytest.raises(CouldNotRun, match=r"within 0\.01 seconds"):
        at_once([lambda _: gate.wait()], bound=0.01)
    gate.set()


def test_a_wait_of_any_length_uses_up_one_part() -> None:
    """A process that was stopped for an hour has not waited for a minute."""
    parts: list[float] = []
    assert not waited(parts.append, 60.0)
    assert sum(parts) == pytest.approx(60.0)
    assert len(parts) > 10
    assert waited(lambda _: True, 60.0)


def test_tasks_take_turns() -> None:
    """They run in one thread, and no loop is left behind as the current one."""
    done: list[tuple[str, int]] = []

    async def body(number: int, meet: MeetTasks) -> int:
        done.append(("first", number))
        await meet()
        done.append(("second", threading.get_ident()))
        return number

    assert interleaved([partial(body, number) for number in range(2)]) == [0, 1]
    assert done == [
        ("first", 0),
        ("first", 1),
        *[("second", threading.get_ident())] * 2,
    ]
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_the_first_exception_of_several_tasks_comes_out() -> None:
    """Those that wait for the task that failed are not blamed."""

    async def waits(meet: MeetTasks) -> None:
        await meet()

    async def fails(_: MeetTasks) -> None:
        raise KeyError("the one")

    with pytest.raises(KeyError, match="the one"):
        interleaved([waits, fails])


def test_a_second_table_stands_beside_the_first(bench: Bench) -> None:
    """Both are reset with the next fresh one."""
    thing = Thing("stored")
    tables = bench.fresh(), bench.another()
    for table in tables:
        table.store(thing)
    bench.found(tables[0], 0, thing, "beside another")
    bench.fresh()
    for table in tables:
        bench.not_found(table, 0, "after the next fresh one")


def test_a_check_can_ask_for_more_powers(bench: Bench) -> None:
    """Some are not needed, and looked at where they are there."""
    assert bench.has("entries")
    assert not bench.has("wings")
