"""Functions that run inside a snapshot, wherever they are called."""

from __future__ import annotations

import asyncio
import functools
import inspect
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from sidetable_core import LocalSource, SideTable
from sidetable_source import FrameError, NoBindingError, ObjectNotAliveError

from .looking import Thing, is_dead, is_lost


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


def taken(table, *things):
    """A snapshot of these objects."""
    with table.frame(*things):
        return table.snapshot()


def test_function_handed_to_an_executor(table):
    """It finds the objects of where it was wrapped, and the thread has no binding afterwards."""
    things = [Thing() for _ in range(3)]
    wrapped = [taken(table, thing).wrap(table.get) for thing in things]
    with ThreadPoolExecutor(1) as pool:
        assert [pool.submit(look_up, 0).result() for look_up in wrapped * 2] == things * 2
        assert isinstance(pool.submit(table.get, 0).exception(), NoBindingError)
    assert is_lost(table)


def test_wrapped_function_passes_everything_on(table):
    """Arguments, the result and an exception go through; what was bound before is back."""
    stored = Thing()
    table.store(stored)

    @taken(table, Thing()).wrap
    def function(*args, **kwargs):
        assert table.get(0) is not stored
        if not args:
            raise ValueError(kwargs)
        return args, kwargs

    assert function(1, a=2) == ((1,), {"a": 2})
    assert table.get(0) is stored
    with pytest.raises(ValueError, match="'a': 3"):
        function(a=3)
    assert table.get(0) is stored


def test_wrapped_function_looks_like_the_function(table):
    """It has the name, docstring and signature of what it runs."""

    def function(a, *, b=1):
        """What it does."""

    wrapped = taken(table, Thing()).wrap(function)
    assert (wrapped.__name__, wrapped.__doc__) == (function.__name__, function.__doc__)
    assert inspect.signature(wrapped) == inspect.signature(function)


def test_wrapped_function_holds_the_snapshot(table):
    """The objects live as long as the wrapped function."""
    snapshot = taken(table, Thing())
    alive = weakref.ref(snapshot._owned[0])
    wrapped = snapshot.wrap(table.get)
    del snapshot
    assert not is_dead(alive)
    assert wrapped(0) is alive()
    del wrapped
    assert is_dead(alive)


def test_call_keeps_nothing_alive(table):
    """What a call set goes with the call, and a context copied in it holds no object."""
    alive = []

    @taken(table, Thing()).wrap
    def function():
        value = Thing()
        alive.append(weakref.ref(value))
        table.set(0, value)
        return copy_context()

    copied = function()
    assert is_dead(alive[0])
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)


def test_wrapped_function_that_calls_itself(table):
    """Each call binds anew, also inside another one."""
    thing, other = Thing(), Thing()

    @taken(table, thing).wrap
    def function(depth):
        assert table.get(0) is thing
        table.set(0, other)
        if depth:
            function(depth - 1)
        assert table.get(0) is other

    function(20)
    assert is_lost(table)


class Instance:
    """Can be awaited when it is called."""

    def __init__(self, table):
        self.table = table

    async def __call__(self):
        await asyncio.sleep(0)
        return self.table.get(0)


@pytest.mark.parametrize("kind", ["function", "partial", "method", "instance"])
def test_coroutine_function(table, kind):
    """It stays a coroutine function, and finds the objects after every await."""
    things = [Thing() for _ in range(5)]

    async def function(*ignored):
        await asyncio.sleep(0)
        return table.get(0)

    kinds = {
        "function": function,
        "partial": functools.partial(function, 1),
        "method": function.__get__(1),
        "instance": Instance(table),
    }
    wrapped = [taken(table, thing).wrap(kinds[kind]) for thing in things]
    assert all(inspect.iscoroutinefunction(one) for one in wrapped)

    async def main():
        found = await asyncio.gather(*(one() for one in wrapped))
        assert is_lost(table)
        return found

    assert asyncio.run(main()) == things


def test_cancelled_coroutine_restores(table):
    """Cancelling a call puts back what was bound before, in that task."""
    stored, snapshot = Thing(), taken(table, Thing())

    @snapshot.wrap
    async def function():
        await asyncio.sleep(3600)

    async def work():
        table.store(stored)
        with pytest.raises(asyncio.CancelledError):
            await function()
        return table.get(0)

    async def main():
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert asyncio.run(main()) is stored


def generator():
    """Yields once."""
    yield


async def async_generator():
    """Yields once."""
    yield


@pytest.mark.parametrize("function", [generator, async_generator, functools.partial(generator)])
def test_generator_function_is_refused(table, function):
    """Its code would run when the call is over, so it cannot be wrapped."""
    with pytest.raises(FrameError, match="yield"):
        taken(table, Thing()).wrap(function)


def test_what_can_not_be_called_is_refused(table):
    """The error names the type."""
    with pytest.raises(TypeError, match="int"):
        taken(table, Thing()).wrap(5)


def test_source_is_refused(table):
    """A source can be called, but only to make the source of a call."""
    with pytest.raises(TypeError, match="a function to wrap has to be callable"):
        taken(table, Thing()).wrap(LocalSource("f"))
