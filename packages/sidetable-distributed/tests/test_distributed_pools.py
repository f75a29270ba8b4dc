"""Real pools of processes: the standard library's and loky's."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import ModuleType

import loky
import pytest

from sidetable_distributed import MissingOnWorkerError, Provider, ship
from sidetable_source import GlobalSource, ImportSource, Source

STARTS = multiprocessing.get_all_start_methods()


def till(name, **settings):
    """Returns a provider of what notes when it is made and closed."""
    return Provider("shop:Till", name, **{"close": "close", **settings})


@pytest.fixture
def town(tmp_path):
    """A database in a file."""
    file = tmp_path / "data.sqlite"
    database = sqlite3.connect(file)
    with database:
        database.execute("create table item (key integer, value text)")
        database.executemany("insert into item values (?, ?)", [(n, str(n * n)) for n in range(50)])
    database.close()
    return str(file)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_each_worker_makes_its_own_objects_and_closes_them(shop, town, start):
    """A database in a file, a lock, a logger and a tokenizer; each closed once at the end."""
    job = ship(
        shop.look_up,
        database=Provider("shop:Database", town, scope="process", close="close", healthy="ping"),
        lock=GlobalSource("LOCK"),
        logger=ImportSource("logging").attr("getLogger").call("shop"),
        tokenizer=Provider("shop:tokenizer", r"\w+", scope="process"),
    )
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(start)) as pool:
        answers = list(pool.map(job, (f"item number {n}" for n in range(50))))
    assert [value for value, _ in answers] == [str(n * n) for n in range(50)]
    made = shop.processes("made")
    assert set(made.values()) == {str(process) for _, process in answers}
    assert shop.processes("closed") == made
    assert sorted(shop.noted("closed")) == sorted(made)


@pytest.mark.slow
def test_a_worker_of_loky_makes_its_own_objects_and_closes_them(shop, town):
    """As one of the standard library does."""
    job = ship(
        shop.look_up,
        database=Provider("shop:Database", town, scope="process", close="close", healthy="ping"),
        lock=GlobalSource("LOCK"),
        logger=ImportSource("logging").attr("getLogger").call("shop"),
        tokenizer=Provider("shop:tokenizer", r"\w+", scope="process"),
    )
    with loky.ProcessPoolExecutor(2) as pool:
        answers = list(pool.map(job, (f"item number {n}" for n in range(50))))
    assert [value for value, _ in answers] == [str(n * n) for n in range(50)]
    assert shop.processes("closed") == shop.processes("made")
    assert sorted(shop.noted("closed")) == sorted(shop.noted("made"))


def test_what_a_worker_lacks_does_not_break_the_pool(shop, pool, monkeypatch):
    """Not even a class that its pickle needs; everything that is missing is in one error."""
    gone = ModuleType("gone")
    exec("def use(a, b): pass", vars(gone))

    class Kind(Source):
        def reconstruct(self, codegen):
            codegen.load_const(3)

    Kind.__module__, Kind.__qualname__ = "gone", "Kind"
    gone.Kind = Kind
    monkeypatch.setitem(sys.modules, "gone", gone)
    with pytest.raises(MissingOnWorkerError) as caught:
        pool.submit(ship(gone.use, a=Kind(), b=Provider("gone:make"))).result()
    assert [name for name, _ in caught.value.missing] == ["gone:use", "a", "b: gone:make"]
    assert str(os.getpid()) not in caught.value.worker
    assert pool.submit(ship(shop.serve, till=till("next"))).result()[1:] == (1, True)


def test_a_worker_needs_no_setting_up(shop, pool):
    """An object is made by the first task that needs it, and kept for the next."""
    job = ship(shop.serve, till=till("lazy", scope="process"))
    assert pool.submit(shop.where).result() != os.getpid()
    assert shop.noted("made") == []
    answers = list(pool.map(job, range(20)))
    assert {name for name, _, _ in answers} == set(shop.noted("made"))


def test_a_new_pool_makes_new_objects_after_a_worker_was_killed(shop):
    """For those of the killed worker nothing is promised; nobody else gets them."""
    job = ship(shop.serve, till=till("killed", scope="process"))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        first = pool.submit(job).result()[0]
        with pytest.raises(BrokenProcessPool):
            pool.submit(os.kill, pool.submit(os.getpid).result(), signal.SIGTERM).result()
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(job).result()[0] != first
    assert shop.noted("made")[0] == first
    assert shop.noted("closed") == shop.noted("made")[1:]


def test_an_async_function_runs_in_a_loop_of_the_workers(shop, pool):
    """Where the engine has none, a function of the user's runs one."""
    job = ship(shop.serve_later, till=till("async"))
    assert pool.submit(shop.run_in_a_loop, job).result()[1:] == (1, True)
    assert shop.noted("closed") == shop.noted("made")
    assert asyncio.run(job())[1:] == (1, True)
