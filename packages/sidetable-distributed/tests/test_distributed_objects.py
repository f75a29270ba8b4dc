"""How long objects live, who shares them, and when they are closed."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sidetable_distributed import Provider, UnhealthyObjectError, ship


def till(name, **settings):
    """Returns a provider of what notes when it is made and closed."""
    return Provider("shop:Till", name, **{"close": "close", **settings})


def test_an_object_of_a_task_is_made_for_it_and_closed_after_it(shop):
    """Two tasks have two, one after the other."""
    job = ship(shop.serve, till=till("task"))
    assert job()[1:] == job()[1:] == (1, True)
    assert len(shop.noted("made")) == 2
    assert shop.noted("closed") == shop.noted("made")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_task_that_fails_gives_back_what_was_bound(shop, error):
    """Whatever it raises; the next task has another object."""
    job = ship(shop.fail, till=till("failing"))
    for _ in range(2):
        with pytest.raises(error):
            job(error.__name__)
    assert len(set(shop.noted("closed"))) == 2


def test_a_factory_that_fails_leaves_nothing_bound(shop):
    """What was made before it is closed, and a retry makes both."""
    job = ship(shop.serve_two, first=till("first"), second=Provider("builtins:int", "no number"))
    with pytest.raises(ValueError, match="no number"):
        job()
    assert shop.noted("closed") == shop.noted("made") != []


def test_a_kept_object_that_could_not_be_made_is_tried_again(shop, tmp_path):
    """A failed attempt is not kept."""
    file = tmp_path / "later"
    job = ship(shop.same, value=Provider("builtins:open", file, scope="process", close="close"))
    with pytest.raises(FileNotFoundError):
        job()
    file.touch()
    assert job() == str(file)


def test_a_retry_binds_anew(shop, tmp_path):
    """The second attempt has an object of its own."""
    job = ship(shop.fail_first, till=till("retried"))
    marker = str(tmp_path / "marker")
    with pytest.raises(ValueError, match="first time"):
        job(marker)
    assert job(marker) == shop.noted("made")[1] != shop.noted("made")[0]


def test_an_object_of_the_process_serves_all_threads(shop):
    """One that two threads need at once is made once."""
    job = ship(shop.serve, till=till("shared", scope="process"))
    barrier = threading.Barrier(2)

    def run():
        barrier.wait(300)
        return job()[0]

    with ThreadPoolExecutor(2) as pool:
        names = {future.result() for future in [pool.submit(run) for _ in range(2)]}
    assert [*names] == shop.noted("made")


def test_equal_providers_share_an_object(shop):
    """Of jobs that were shipped apart; a provider that differs anywhere has its own."""
    provider = till("equal", scope="process")
    first = ship(shop.serve, till=provider)
    assert first()[0] == ship(shop.serve_two, first=provider, second=provider)()[1]
    assert ship(shop.serve, till=till("equal", scope="process", healthy="ping"))()[0] != first()[0]


def test_each_thread_has_its_own_and_closes_it_when_it_ends(shop):
    """In that thread, as SQLite demands; no later thread gets it, whatever its ident."""
    job = ship(shop.serve, till=Provider("shop:Confined", "own", scope="thread", close="close"))
    for _ in range(3):
        thread = threading.Thread(target=lambda: [job(), job()])
        thread.start()
        thread.join()
    assert len(shop.noted("made")) == 3
    assert shop.noted("closed") == shop.noted("made")


def test_two_threads_at_once_have_two(shop):
    """No object crosses from one to the other."""
    job = ship(shop.serve, till=till("apart", scope="thread"))
    barrier = threading.Barrier(2)

    def run():
        first = job()[0]
        barrier.wait(300)
        return {first, job()[0]}

    with ThreadPoolExecutor(2) as pool:
        one, other = [future.result() for future in [pool.submit(run) for _ in range(2)]]
    assert len(one) == len(other) == 1
    assert one != other


def test_the_least_recently_used_object_is_closed_to_make_room(shop):
    """And no other; it is made again when it is needed."""
    jobs = {name: ship(shop.serve, till=till(name, scope="process", limit=2)) for name in "abc"}
    a, b, _ = jobs["a"]()[0], jobs["b"]()[0], jobs["a"]()
    c = jobs["c"]()[0]
    assert shop.noted("closed") == [b]
    assert jobs["a"]()[0] == a
    assert jobs["c"]()[0] == c
    assert jobs["b"]()[0] != b
    assert shop.noted("closed") == [b, a]


def test_an_object_in_use_is_never_closed_to_make_room(shop):
    """It is closed when the task that uses it ends, if it is above the limit then."""
    inner = ship(shop.serve, till=till("inner", scope="process", limit=1))
    outer = ship(shop.call, till=till("outer", scope="process", limit=1))
    assert outer(inner) == [(shop.noted("made")[1], 1, True), True]
    assert len(shop.noted("closed")) == 1


def in_child(job, results):
    """What a forked process runs."""
    results.put(job()[0])


HAS_FORK = "fork" in multiprocessing.get_all_start_methods()


@pytest.mark.skipif(not HAS_FORK, reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_no_object_crosses_a_fork(shop):
    """A child makes its own, also of the thread's, and leaves the parent's open."""
    context = multiprocessing.get_context("fork")
    jobs = [ship(shop.serve, till=till("fork", scope=scope)) for scope in ("process", "thread")]
    results = context.Queue()
    for job in jobs:
        mine = job()[0]
        child = context.Process(target=in_child, args=(job, results))
        child.start()
        theirs = results.get(timeout=300)
        child.join()
        assert child.exitcode == 0
        assert theirs != mine
        assert shop.noted("closed").count(theirs) == 1
        assert mine not in shop.noted("closed")
        assert job()[0::2] == (mine, True)


FORKING = """
import os, threading, shop
from sidetable_distributed import Provider, ship

def till(name, scope):
    return ship(shop.serve, till=Provider("shop:Till", name, scope=scope, close="close"))

jobs = [till("process", "process"), till("thread", "thread")]
used, forked = threading.Event(), threading.Event()

def use():
    till("other", "thread")()
    used.set()
    forked.wait()

thread = threading.Thread(target=use)
thread.start()
used.wait()
names = [job()[0] for job in jobs]
forking = ship(shop.fork, till=Provider("shop:Till", "task", close="close"))
try:
    assert forking()
except shop.ForkedError:
    assert not {job()[0] for job in jobs} & {*names}
else:
    assert [job()[0] for job in jobs] == names
    forked.set()
    thread.join()
"""


@pytest.mark.skipif(not HAS_FORK, reason="this system has no fork")
def test_a_process_that_forks_in_a_task_shares_nothing_with_the_child(shop):
    """Each closes what it made, once, and the child nothing of a task or thread of the parent's."""
    done = subprocess.run([sys.executable, "-c", FORKING], timeout=300, check=False)
    assert done.returncode == 0
    assert len(shop.noted("made")) == 6
    assert sorted(shop.noted("closed")) == sorted(shop.noted("made"))
    assert shop.processes("closed") == shop.processes("made")
    assert len(set(shop.processes("made").values())) == 2


def test_an_object_that_fails_its_check_is_made_once_more(shop):
    """The task gets the new one, and the old one is closed."""
    job = ship(shop.serve, till=till("checked", scope="process", healthy="shop:is_fresh"))
    old = {job()[0], job()[0]}
    new = job()[0]
    assert shop.noted("closed") == [*old]
    assert shop.noted("made") == [*old, new]


@pytest.mark.parametrize("scope", ["task", "thread", "process"])
def test_an_object_that_fails_twice_fails_the_task(shop, scope):
    """Loudly, with both closed, and nothing is kept for the next task."""
    sick = Provider("shop:SickTill", "sick", scope=scope, close="close", healthy="ping")
    with pytest.raises(UnhealthyObjectError) as caught:
        ship(shop.serve, till=sick)()
    assert caught.value.name == "till"
    assert caught.value.made_by == "shop:SickTill('sick')"
    assert caught.value.why == "ping returned False"
    assert len(shop.noted("made")) == 2
    assert sorted(shop.noted("closed")) == sorted(shop.noted("made"))


def test_a_check_that_raises_is_the_cause_of_the_error(shop):
    """So that its traceback is shown."""
    job = ship(shop.serve, till=till("raising", healthy="no_such_method"))
    with pytest.raises(UnhealthyObjectError, match="AttributeError") as caught:
        job()
    assert isinstance(caught.value.__cause__, AttributeError)


def test_an_unhealthy_object_in_use_is_closed_by_its_last_user(shop):
    """The task that found it unhealthy does not close it under the other."""
    unhealthy = till("used", scope="process", healthy="shop:is_fresh")
    inner = ship(shop.serve, till=unhealthy)
    inner()
    assert ship(shop.call, till=unhealthy)(inner)[1] is True
    assert len(shop.noted("closed")) == 1


def test_an_object_that_cannot_be_closed_fails_the_task_it_was_made_for(shop):
    """Unless that fails by itself, which is what is told then; the other error is logged."""
    stubborn = Provider("shop:StubbornTill", "stubborn", close="close")
    with pytest.raises(OSError, match="jammed"):
        ship(shop.serve, till=stubborn)()
    with pytest.raises(ValueError, match="stubborn"):
        ship(shop.fail, till=stubborn)("ValueError")


def test_an_object_that_cannot_be_closed_fails_no_other_task(shop, caplog):
    """Where room is made, or its thread ends: it is logged, and the others are closed too."""
    stubborn = [
        Provider("shop:StubbornTill", name, scope="thread", close="close", limit=2)
        for name in "xyz"
    ]

    def run():
        for provider in stubborn:
            ship(shop.serve, till=provider)()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert shop.noted("closed") == shop.noted("made")
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3


def test_a_close_that_the_object_does_not_have_fails_at_once(shop):
    """And not when nobody is there to see it."""
    with pytest.raises(AttributeError, match="shut"):
        ship(shop.serve, till=till("no shut", close="shut"))()


def test_a_factory_that_needs_what_it_makes_is_refused(shop):
    """It would wait for itself."""
    job = ship(shop.serve, till=Provider("shop:make_by_itself", scope="process"))
    with pytest.raises(RuntimeError, match="the object that it is making"):
        job()


def test_a_function_with_no_close_is_just_dropped(shop):
    """Nothing is called."""
    assert ship(shop.serve, till=till("dropped", close=None))()[1:] == (1, True)
    assert shop.noted("closed") == []


def test_an_async_function_is_bound_while_it_runs(shop):
    """Not before it is awaited; two at once have an object each, and a cancelled one loses it."""
    job = ship(shop.meet, till=till("async"))

    async def main():
        meeting, arrived = asyncio.Barrier(2), asyncio.Event()
        first, second = job(meeting, arrived), job(meeting, arrived)
        assert shop.noted("made") == []
        one, other = await asyncio.gather(first, second)
        assert one != other
        arrived.clear()
        alone = asyncio.create_task(job(meeting, arrived))
        await arrived.wait()
        alone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await alone

    asyncio.run(main())
    assert len(shop.noted("made")) == 3
    assert sorted(shop.noted("closed")) == sorted(shop.noted("made"))


def test_an_async_factory_is_refused(shop):
    """What it gives is no object."""
    with pytest.raises(TypeError, match="is async"):
        ship(shop.serve, till=Provider("shop:make_later"))()
