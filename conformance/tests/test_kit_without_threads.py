"""Where no thread can be started, or no process, the kit says so, and judges what it can."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from sidetable_conformance import NotTestable, Verdict, run
from sidetable_conformance.elsewhere import Meet, MeetTasks, at_once, elsewhere, forked, interleaved
from sidetable_conformance.schedules import Scenario, explore
from sidetable_conformance.tables.robust import RobustTable

if sys.platform == "win32":
    pytest.skip("Windows cannot forbid threads and processes in this way", allow_module_level=True)

import resource

pytestmark = pytest.mark.slow

TOO_LARGE: Final = 1 << 47
"""More than there are addresses, so that no thread can have it as its stack."""

NOBODY: Final = 65_534

NEED_THREADS: Final = {
    "isolation.threads",
    "isolation.no-binding-is-error",
    "isolation.registration",
    "isolation.every-interleaving",
    "frame.restores",
    "frame.out-of-order",
    "entry.isolated",
    "snapshot.reenter",
    "snapshot.concurrent",
    "snapshot.wrap",
    "handle.resolves-anywhere",
}


@pytest.fixture
def no_threads() -> Iterator[None]:
    """Lets no thread start, as in a browser."""
    before = threading.stack_size(TOO_LARGE)
    yield
    threading.stack_size(before)


@pytest.fixture
def no_processes() -> Iterator[None]:
    """Lets nothing fork, by a limit that holds for everybody but root."""
    real, limits = os.getuid(), resource.getrlimit(resource.RLIMIT_NPROC)
    if real == 0:
        os.setresuid(NOBODY, NOBODY, 0)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NPROC, limits)
    if real == 0:
        os.setresuid(0, 0, 0)


def test_a_thread_that_can_not_start_is_said(no_threads) -> None:
    """It is no fault of whoever is judged."""
    with pytest.raises(NotTestable, match=r"^it needs a thread: "):
        elsewhere(int)


def test_threads_that_did_start_do_not_wait_for_one_that_can_not(monkeypatch) -> None:
    """They would do so for a minute."""
    start, started, ended = threading.Thread.start, [], threading.Event()

    def leaves_no_room(thread: threading.Thread) -> None:
        before = threading.stack_size(TOO_LARGE if started else 0)
        started.append(thread)
        try:
            start(thread)
        finally:
            threading.stack_size(before)

    def body(meet: Meet) -> None:
        with suppress(threading.BrokenBarrierError):
            meet()
        ended.set()

    monkeypatch.setattr(threading.Thread, "start", leaves_no_room)
    with pytest.raises(NotTestable):
        at_once([body, body])
    assert len(started) == 2
    assert ended.wait(30)


def test_schedules_without_threads_are_not_testable(no_threads) -> None:
    """Nothing is left of one that could not begin."""
    scenario = Scenario(bodies=((int,), (int,)), verdict=lambda seen: "")
    with pytest.raises(NotTestable, match=r"^it needs a thread: "):
        explore(lambda: scenario)


def test_tasks_where_a_loop_is_running_are_not_testable() -> None:
    """A thread has one event loop at a time."""

    async def body(meet: MeetTasks) -> None:
        await meet()

    async def inside() -> None:
        interleaved([body])

    with pytest.raises(NotTestable, match=r"^it needs an event loop: "):
        asyncio.run(inside())


def test_a_process_that_can_not_fork_is_said(no_processes) -> None:
    """What was opened for the child is closed again."""
    free = os.dup(0)
    os.close(free)
    with pytest.raises(NotTestable, match=r"^this process cannot fork: BlockingIOError"):
        forked(lambda wait: [], lambda: None)
    again = os.dup(0)
    os.close(again)
    assert again == free


def test_what_needs_no_thread_is_judged(no_threads) -> None:
    """The rest passes; what cannot be tested is named, and counts in a strict report only."""
    target = partial(RobustTable, "2026.11")
    report = run(target, profile="core,isolation,robust", budget="none")
    not_passed = {row.id: row.verdict for row in report.results if row.verdict is not Verdict.PASS}
    needs = (*NEED_THREADS, "core.any-sequence")  # whose budget is none
    assert not_passed == dict.fromkeys(needs, Verdict.NOT_TESTABLE)
    assert report.conformant
    assert not replace(report, strict=True).conformant
