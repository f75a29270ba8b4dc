"""Entering snapshots: again, at once, inside themselves."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from importlib import import_module

import pytest

from sidetable_core import SideTable
from sidetable_source import FrameError, LocalSource, ObjectNotAliveError

from .looking import Thing, is_dead, is_lost

SOURCE = LocalSource("x")


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


def taken(table, *things):
    """A snapshot of these objects."""
    with table.frame(*things):
        return table.snapshot()


def test_entered_in_a_backward_after_other_calls(table):
    """Forward A, forward B, backward A: each pass finds the objects of its own forward."""
    table.register_user_object(Thing(), SOURCE)
    entry = table.entry(lambda x: table.snapshot(), like=lambda x: None)
    things = [Thing(), Thing(), Thing()]
    snapshots = [entry(thing) for thing in things]
    for number in (0, 2, 1, 0):
        with snapshots[number]:
            assert table.get(0) is things[number]


def test_nested_in_itself(table):
    """Each entry puts back what it found, also an inner entry of the same snapshot."""
    stored, thing, other = Thing(), Thing(), Thing()
    table.store(stored)
    snapshot = taken(table, thing)
    with snapshot:
        table.set(0, other)
        with snapshot:
            assert table.get(0) is thing
            with snapshot, table.frame(other), snapshot:
                assert table.get(0) is thing
            assert table.get(0) is thing
        assert table.get(0) is other
    assert table.get(0) is stored


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_restores_on_every_exception(table, error):
    """Whatever ends the block passes through, and the old binding is back."""
    stored, snapshot = Thing(), taken(table, Thing())
    table.store(stored)
    with pytest.raises(error), snapshot:
        raise error
    assert table.get(0) is stored


def test_entered_by_several_threads_at_once(table):
    """Every thread finds the objects, and its own binding afterwards."""
    thing = Thing()
    snapshot, barrier = taken(table, thing), threading.Barrier(8)

    def work(_):
        own, other = Thing(), Thing()
        table.store(own)
        for _ in range(100):
            with snapshot:
                barrier.wait()
                right = table.get(0) is thing
                table.set(0, other)
                right &= table.get(0) is other
                with snapshot:
                    right &= table.get(0) is thing
                right &= table.get(0) is other
            if not right or table.get(0) is not own:
                barrier.abort()
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_entered_by_interleaved_tasks(table):
    """Tasks that enter and leave in any order each find what is theirs."""
    thing = Thing()
    snapshot = taken(table, thing)

    async def work(number):
        own = Thing()
        table.store(own)
        with snapshot:
            for _ in range(number % 5):
                await asyncio.sleep(0)
                assert table.get(0) is thing
            table.set(0, own)
            await asyncio.sleep(0)
            with snapshot:
                await asyncio.sleep(0)
                assert table.get(0) is thing
            assert table.get(0) is own
        assert table.get(0) is own

    async def main():
        await asyncio.gather(*(work(number) for number in range(20)))

    asyncio.run(main())


def test_entered_by_interleaved_greenlets(table):
    """The same for greenlets in one thread."""
    greenlet = import_module("greenlet")
    thing, done = Thing(), []
    snapshot = taken(table, thing)

    def work():
        own = Thing()
        table.store(own)
        with snapshot:
            main.switch()
            assert table.get(0) is thing
        assert table.get(0) is own
        done.append(own)

    main = greenlet.getcurrent()
    greenlets = [greenlet.greenlet(work) for _ in range(5)]
    for one in [*greenlets, *greenlets]:
        one.switch()
    assert len(done) == 5


def test_what_is_set_goes_with_the_entry(table):
    """`set` and `store` inside an entry are not found by the next, and keep nothing alive."""
    thing, other = Thing(), Thing()
    snapshot, value = taken(table, thing), Thing()
    alive = weakref.ref(value)
    with snapshot:
        table.set(0, value)
        del value
        gc.collect()
        assert table.get(0) is alive()
        copied = copy_context()
    assert is_dead(alive)
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)
    with snapshot:
        assert table.get(0) is thing
        table.store(other, other)
        assert table.get(1) is other
    with snapshot:
        assert table.get(0) is thing
        assert is_lost(table, 1)


def test_registering_inside(table):
    """A new index is bound in the entry, one that it binds already is refused."""
    snapshot, thing = taken(table, Thing()), Thing()
    with snapshot:
        with pytest.raises(FrameError):
            table.register_user_object(thing, SOURCE)
        table.store()
        assert table.register_user_object(thing, SOURCE) == 0
        assert table.get(0) is thing
    assert is_lost(table)


def test_copied_context_keeps_nothing_alive(table):
    """A context that was copied inside the block holds neither the objects nor the snapshot."""
    snapshot = taken(table, Thing())
    alive = weakref.ref(snapshot._owned[0])
    snapshot_alive = weakref.ref(snapshot)
    with snapshot:
        copied = copy_context()
    assert copied.run(table.get, 0) is alive()
    del snapshot
    assert is_dead(snapshot_alive)
    assert is_dead(alive)
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)


def test_in_an_exit_stack(table):
    """A snapshot can be entered twice in a stack that leaves in order."""
    thing, stored = Thing(), Thing()
    table.store(stored)
    snapshot = taken(table, thing)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(snapshot)
            stack.enter_context(table.frame(stored))
        stack.enter_context(snapshot)
        assert table.get(0) is thing
    assert table.get(0) is stored
