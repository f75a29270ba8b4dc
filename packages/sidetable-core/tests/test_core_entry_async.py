"""Entry functions of coroutine functions: each task finds its own objects at every await."""

from __future__ import annotations

import asyncio
import gc
import inspect
import types
import weakref
from contextvars import Context

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    FrameError,
    LocalSource,
    NotWeakReferenceableError,
)

X = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


async def async_like(x):
    """The same as a coroutine function."""


@pytest.fixture
def table():
    """A table whose index 0 is the parameter `x`."""
    table = SideTable("streams")
    table.register_user_object(Thing(), X)
    return table


def run(coroutine):
    """Runs a coroutine that waits for nothing."""
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    return stopped.value.value


def test_coroutine_function_awaits_its_graph(table):
    """The entry function of a coroutine function is one, and awaits."""

    async def graph(x):
        await asyncio.sleep(0)
        return table.get(0)

    entry = table.entry(graph, like=async_like)
    assert inspect.iscoroutinefunction(entry)
    thing = Thing()
    assert asyncio.run(entry(thing)) is thing


def test_coroutine_restores(table):
    """After the await, what was bound before is back."""
    stored, thing = Thing(), Thing()
    table.store(stored)

    async def graph(x):
        return table.get(0)

    assert run(table.entry(graph, like=async_like)(thing)) is thing
    assert table.get(0) is stored


def test_tasks_that_interleave_at_every_await_find_their_own(table):
    """Each task finds its own object between any two awaits, also after an inner call."""

    async def inner_graph(x):
        for _ in range(5):
            assert table.get(0) is x
            await asyncio.sleep(0)
        raise ValueError

    inner = table.entry(inner_graph, like=async_like)

    async def graph(x):
        for _ in range(5):
            assert table.get(0) is x
            await asyncio.sleep(0)
            with pytest.raises(ValueError):  # noqa: PT011  # has no text
                await inner(Thing())
        return table.get(0) is x

    async def main():
        entry = table.entry(graph, like=async_like)
        return await asyncio.gather(*(entry(Thing()) for _ in range(10)))

    assert asyncio.run(main()) == [True] * 10


def test_cancelled_task_restores(table):
    """Cancelling a call puts back what was bound before, in that task."""
    stored, started = Thing(), []

    async def graph(x):
        started.append(weakref.ref(x))
        await asyncio.sleep(3600)

    async def task():
        table.store(stored)
        with pytest.raises(asyncio.CancelledError):
            await table.entry(graph, like=async_like)(Thing())
        assert table.get(0) is stored
        return True

    async def main():
        running = asyncio.create_task(task())
        await asyncio.sleep(0)
        running.cancel()
        return await running

    assert asyncio.run(main())
    gc.collect()
    assert started[0]() is None


def test_coroutines_driven_by_hand_are_detected(table):
    """Calls that share a context and end out of order are an error, and the rest repairs it."""
    stored, things = Thing(), [Thing(), Thing()]
    table.store(stored)

    @types.coroutine
    def pause():
        yield

    async def graph(x):
        await pause()

    first, second = (table.entry(graph, like=async_like)(thing) for thing in things)
    first.send(None)
    second.send(None)
    with pytest.raises(FrameError):
        first.send(None)
    assert table.get(0) is things[1]
    with pytest.raises(StopIteration):
        second.send(None)
    assert table.get(0) is stored


def test_coroutine_closed_in_another_context(table):
    """The call ends with an error there, and changes nothing there."""

    @types.coroutine
    def pause():
        yield

    async def graph(x):
        await pause()

    running, thing, other = table.entry(graph, like=async_like)(Thing()), Thing(), Context()
    running.send(None)
    other.run(table.store, thing)
    with pytest.raises(FrameError):
        other.run(running.close)
    assert other.run(table.get, 0) is thing


def test_coroutine_that_fetches_what_can_not_be_referenced(table):
    """The error is the same as that of a plain call."""

    async def graph(x): ...

    with pytest.raises(NotWeakReferenceableError) as caught:
        run(table.entry(graph, like=async_like)(5))
    assert (caught.value.index, caught.value.operation) == (0, "entry")


def test_coroutine_that_is_never_awaited_binds_nothing(table):
    """Calling a coroutine function runs nothing yet."""
    stored = Thing()
    table.store(stored)

    async def graph(x): ...

    waiting = table.entry(graph, like=async_like)(Thing())
    assert table.get(0) is stored
    waiting.close()
