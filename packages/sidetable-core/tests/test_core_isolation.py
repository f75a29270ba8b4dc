"""Isolation: what one thread, task, context or table binds, no other finds."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource, NoBindingError

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def construct(index, codegen):
    """A construct function that is not run here."""


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("streams", edition=request.param)


def at_once(work, count=8):
    """Runs `work(number)` in so many threads that start together; returns what it returns."""
    barrier = threading.Barrier(count)

    def start(number):
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


def test_tables_share_nothing(table):
    """What one table registers, stores, sets or resets, no other notices."""
    other = SideTable()
    things = [Thing(), Thing()]
    table.register_user_object(things[0], SOURCE)
    assert other.has_user_objects() is False
    assert other.register_user_object(things[1], SOURCE) == 0
    table.store(things[0], things[0])
    assert other.get(0) is things[1]
    table.set(0, things[0])
    assert other.get(0) is things[1]
    with table.frame(things[0]):
        assert other.get(0) is things[1]
    table.reset()
    assert other.get(0) is things[1]


def test_thread_does_not_find_what_another_stored(table):
    """Threads that store at once each find their own objects, every time."""

    def work(number):
        things = [Thing() for _ in range(3)]
        for _ in range(200):
            table.store(*things)
            if [table.get(index) for index in range(3)] != things:
                return False
        return True

    assert all(at_once(work))


def test_fresh_thread_has_no_binding(table):
    """A thread that never bound anything gets an error that says how to carry a binding over."""
    thing = Thing()
    table.register_user_object(thing, SOURCE)
    table.store(thing)
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(table.get, 0).exception()
    assert isinstance(error, NoBindingError)
    for fact in ("streams", "0", "context", "store()"):
        assert fact in str(error)


def test_threads_frames_and_sets_are_their_own(table):
    """Frames and single values of one thread are found in no other."""

    def work(number):
        thing, other = Thing(), Thing()
        for _ in range(100):
            with table.frame(thing):
                if table.get(0) is not thing:
                    return False
                table.set(0, other)
                if table.get(0) is not other:
                    return False
        return True

    assert all(at_once(work))
    with pytest.raises(LookupError):
        table.get(0)


def test_binding_is_carried_over_by_a_copied_context(table):
    """A function that runs in a copy of the context finds what was bound there."""
    thing = Thing()
    table.store(thing)
    copied = copy_context()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(copied.run, table.get, 0).result() is thing


def test_tasks_that_interleave_at_every_await_find_their_own(table):
    """Each task stores, sets and frames for itself, between any two awaits."""

    async def work():
        things = [Thing() for _ in range(3)]
        table.store(things[0])
        for _ in range(10):
            await asyncio.sleep(0)
            assert table.get(0) is things[0]
            with table.frame(things[1]):
                await asyncio.sleep(0)
                assert table.get(0) is things[1]
                table.set(0, things[2])
                await asyncio.sleep(0)
                assert table.get(0) is things[2]
        return True

    async def main():
        return await asyncio.gather(*(work() for _ in range(10)))

    assert all(asyncio.run(main()))


def test_task_starts_with_its_parents_binding(table):
    """A task finds what was bound where it was created, and its parent does not find its own."""
    thing, other = Thing(), Thing()

    async def child():
        assert table.get(0) is thing
        table.store(other)
        return table.get(0)

    async def main():
        table.store(thing)
        assert await asyncio.create_task(child()) is other
        assert table.get(0) is thing

    asyncio.run(main())


def test_contexts_are_isolated_without_threads(table):
    """Contexts that are run one after the other each keep their own binding."""
    things = [Thing() for _ in range(5)]
    contexts = [Context() for _ in things]
    for context, thing in zip(contexts, things, strict=True):
        context.run(table.store, thing)
    assert [context.run(table.get, 0) for context in contexts] == things


def test_registration_at_once_gives_dense_unique_indices(table):
    """Every registration of every thread gets its own index and its own constructor."""

    def work(number):
        things, indices = [Thing() for _ in range(100)], []
        for turn, thing in enumerate(things):
            source = LocalSource(f"x{number}_{turn}")
            if turn % 2:
                indices.append((table.register_user_object(thing, source), source, thing))
            else:
                indices.append((table.register_graph_created_object(thing, construct), None, thing))
        assert [table.get(index) for index, _, _ in indices] == things
        return indices

    results = [result for results in at_once(work) for result in results]
    assert sorted(index for index, _, _ in results) == list(range(800))
    assert list(table.constructors) == list(range(800))
    for index, source, _ in results:
        constructor = table.constructors[index]
        assert constructor.index == index
        assert getattr(constructor, "source", None) == source


def test_registration_at_once_after_a_store_binds_in_each_context(table):
    """Threads that have stored find their own new object at its index."""

    def work(number):
        first = Thing()
        table.store(first)
        things = [Thing() for _ in range(50)]
        indices = [table.register_user_object(thing, SOURCE) for thing in things]
        return all(table.get(i) is t for i, t in zip(indices, things, strict=True)), indices

    results = at_once(work)
    assert all(right for right, _ in results)
    assert sorted(index for _, indices in results for index in indices) == list(range(400))


def test_registration_and_reset_at_once(table):
    """A registration that meets a reset comes whole before it or whole after it."""

    def work(number):
        for _ in range(200):
            if number % 4 == 0:
                table.reset()
                continue
            thing = Thing()
            index = table.register_graph_created_object(thing, construct)
            try:
                found = table.get(index)
            except (LookupError, ReferenceError):
                continue
            if type(found) is not Thing:
                return False
        return True

    assert all(at_once(work))
    table.reset()
    assert table.has_user_objects() is False
    assert table.register_user_object(Thing(), SOURCE) == 0


def test_lookups_while_another_thread_resets(table):
    """A lookup in a context that shares trace-time references is right or an error."""
    thing = Thing()
    stop = threading.Event()

    def reset():
        while not stop.is_set():
            table.register_user_object(thing, SOURCE)
            table.reset()

    thread = threading.Thread(target=copy_context().run, args=[reset])
    thread.start()
    try:
        for _ in range(300):
            table.register_user_object(thing, SOURCE)
            try:
                assert table.get(0) is thing
            except (LookupError, ReferenceError):
                continue
            table.describe()
    finally:
        stop.set()
        thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_child_process_finds_what_its_parent_bound(table):
    """A forked child has its parent's binding, and what it does stays its own."""
    thing, other = Thing(), Thing()
    table.register_user_object(thing, SOURCE)
    table.store(thing)
    child = os.fork()
    if child == 0:
        try:
            right = table.get(0) is thing
            table.store(other)
            table.reset()
        finally:
            os._exit(0 if right else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert table.get(0) is thing
    assert table.has_user_objects()
