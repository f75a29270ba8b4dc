"""Entry functions: what a call fetches, binds, runs and puts back."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import os.path
import threading
import types
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    CodegenError,
    ConstantSource,
    FrameError,
    GlobalSource,
    ImportSource,
    LocalSource,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
    Source,
)

X = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def like(x):
    """The function that entry functions here stand for."""


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


# --- what a call does -----------------------------------------------------------------------


def test_call_binds_what_it_fetches_and_restores(table):
    """The graph finds the call's objects; afterwards, what was bound before is back."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    entry = table.entry(lambda x: table.get(0), like=like)
    assert entry(thing) is thing
    assert table.get(0) is stored


def test_call_where_nothing_was_bound_leaves_nothing(table):
    """A context that had no binding has none afterwards."""
    entry = table.entry(lambda x: table.get(0), like=like)
    thing = Thing()

    def elsewhere():
        assert entry(thing) is thing
        with pytest.raises(NoBindingError):
            table.get(0)

    Context().run(elsewhere)


def test_call_replaces_the_whole_binding(table):
    """Inside a call, nothing is found that the call did not fetch."""
    table.store(Thing(), Thing(), Thing())

    def graph(x):
        with pytest.raises(LookupError):
            table.get(1)

    table.entry(graph, like=like)(Thing())


def test_entry_of_an_empty_table():
    """With nothing registered, a call binds nothing, and puts back what was there."""
    table, thing = SideTable(), Thing()
    table.store(thing)

    def graph():
        with pytest.raises(LookupError):
            table.get(0)
        return "ran"

    assert table.entry(graph, like=lambda: None)() == "ran"
    assert table.get(0) is thing


def test_every_constructor_runs_once_in_index_order():
    """The prologue evaluates each source once per call, in order, before the graph runs."""
    table, log = SideTable(), []

    class Recorder:
        def __getattr__(self, name):
            log.append(name)
            return Thing()

    for name in "cab":
        table.register_user_object(Thing(), X.attr(name))
    entry = table.entry(lambda x: log.append("graph"), like=like)
    assert log == []
    for _ in range(2):
        entry(Recorder())
        assert log == ["c", "a", "b", "graph"]
        log.clear()


def test_temporary_objects_live_as_long_as_the_call(table):
    """What only the call holds is alive in the graph, and dead afterwards."""
    table.reset()
    table.register_graph_created_object(
        threading.Event(),
        lambda index, codegen: (
            codegen.load_import("threading"),
            codegen.get_attr("Event"),
            codegen.call(0),
        ),
    )

    def graph():
        gc.collect()
        return weakref.ref(table.get(0)), isinstance(table.get(0), threading.Event)

    entry = table.entry(graph, like=lambda: None)
    (first, right), (second, _) = entry(), entry()
    gc.collect()
    assert right
    assert first is not second
    assert first() is second() is None


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit, StopIteration])
def test_call_restores_when_the_graph_raises(table, error):
    """Whatever the graph raises passes through, and the old binding is back."""
    stored = Thing()
    table.store(stored)

    def graph(x):
        raise error

    with pytest.raises(error):
        table.entry(graph, like=like)(Thing())
    assert table.get(0) is stored


def test_binding_is_untouched_when_fetching_fails(table):
    """An error in the prologue comes before anything is bound, and names index and source."""
    table.register_user_object(Thing(), X.attr("pool").item("main"))
    stored = Thing()
    table.store(stored)
    entry = table.entry(print, like=like)
    with pytest.raises(AttributeError, match="pool") as caught:
        entry(Thing())
    (note,) = caught.value.__notes__
    assert "index 1" in note
    assert 'x.pool["main"]' in note
    assert table.get(0) is stored


def test_fetching_that_fails_outside_of_exception_is_told_too(table):
    """An error that is no `Exception` passes through as it is."""

    class Interrupting:
        @property
        def thing(self):
            raise KeyboardInterrupt

    table.reset()
    table.register_user_object(Thing(), X.attr("thing"))
    with pytest.raises(KeyboardInterrupt):
        table.entry(print, like=like)(Interrupting())


def test_construct_function_that_fails_to_run_is_named(table):
    """An object that the graph makes is named by its construct function."""

    def construct_event(index, codegen):
        codegen.load_global("missing")

    table.register_graph_created_object(Thing(), construct_event)
    entry = table.entry(print, like=types.FunctionType(like.__code__, {}))
    with pytest.raises(NameError) as caught:
        entry(Thing())
    (note,) = caught.value.__notes__
    assert "index 1" in note
    assert "construct_event" in note


def test_error_of_the_graph_has_no_note(table):
    """Only what the prologue raises is about an index."""

    def graph(x):
        raise ValueError

    with pytest.raises(ValueError) as caught:  # noqa: PT011  # has no text
        table.entry(graph, like=like)(Thing())
    assert not hasattr(caught.value, "__notes__")


def test_same_error_object_is_told_once(table):
    """An error that a source raises again and again does not grow."""
    error = LookupError()

    class Failing:
        @property
        def thing(self):
            raise error

    table.reset()
    table.register_user_object(Thing(), X.attr("thing"))
    entry = table.entry(print, like=like)
    for _ in range(2):
        with pytest.raises(LookupError):
            entry(Failing())
        assert len(error.__notes__) == 1


def test_error_that_refuses_notes_passes_through(table):
    """An exception of somebody else's that can not be told more is not replaced."""

    class RefusingError(Exception):
        def add_note(self, note):
            raise RuntimeError

    class Failing:
        @property
        def thing(self):
            raise RefusingError

    table.reset()
    table.register_user_object(Thing(), X.attr("thing"))
    with pytest.raises(RefusingError):
        table.entry(print, like=like)(Failing())


@pytest.mark.parametrize("value", [5, None, "x"])
def test_fetched_object_that_can_not_be_referenced(table, value):
    """The error names the index; the binding is as before, and the graph does not run."""
    stored, ran = Thing(), []
    table.store(stored)
    with pytest.raises(NotWeakReferenceableError) as caught:
        table.entry(ran.append, like=like)(value)
    assert (caught.value.index, caught.value.operation) == (0, "entry")
    assert type(caught.value.__cause__) is TypeError
    assert table.get(0) is stored
    assert ran == []


def test_type_error_of_the_graph_passes_through(table):
    """A TypeError of the graph's is not taken for one of ours."""

    def graph(x):
        raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        table.entry(graph, like=like)(Thing())


def test_type_error_of_a_source_passes_through(table):
    """A TypeError of the prologue's is not taken for one of ours."""
    table.register_user_object(Thing(), X.call())
    with pytest.raises(TypeError, match="not callable"):
        table.entry(print, like=like)(Thing())


def test_store_in_a_graph_ends_with_the_call(table):
    """What the graph stores is found until the call returns."""
    stored, inner = Thing(), Thing()
    table.store(stored)

    def graph(x):
        table.store(inner)
        return table.get(0)

    assert table.entry(graph, like=like)(Thing()) is inner
    assert table.get(0) is stored


def test_register_in_a_graph(table):
    """An index past the call's objects is bound for the call; one of the call's is refused."""
    late, thing = Thing(), Thing()

    def graph(x):
        assert table.register_user_object(late, X) == 1
        assert (table.get(0), table.get(1)) == (x, late)
        table.reset()
        with pytest.raises(FrameError):
            table.register_user_object(late, X)
        assert (table.get(0), table.get(1)) == (x, late)

    table.entry(graph, like=like)(thing)
    with pytest.raises(LookupError):
        table.get(1)


def test_copied_context_keeps_nothing_of_a_call_alive(table):
    """A context copied inside a call has references, not objects."""
    seen = []

    def graph(x):
        seen.extend([copy_context(), weakref.ref(x)])

    table.entry(graph, like=like)(Thing())
    copied, alive = seen
    gc.collect()
    assert alive() is None
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)


def test_dropped_table_does_not_matter_to_its_entries(table):
    """An entry function has all that it needs."""
    get = table.get
    entry = table.entry(lambda x: get(0), like=like)
    del table
    gc.collect()
    thing = Thing()
    assert entry(thing) is thing
    with pytest.raises(NotWeakReferenceableError):
        entry(5)


def test_graph_is_held_and_let_go(table):
    """The entry function holds the graph, and nothing else does."""

    def graph(x):
        return x

    alive = weakref.ref(graph)
    entry = table.entry(graph, like=like)
    del graph
    gc.collect()
    assert entry is not None
    assert alive() is not None
    del entry
    gc.collect()
    assert alive() is None


# --- calls in calls -------------------------------------------------------------------------


def test_recursive_calls_each_find_their_own(table):
    """Each level finds its own object after the inner one returned, or raised."""
    things = [Thing() for _ in range(30)]

    def graph(x):
        depth = things.index(x)
        if depth + 1 == len(things):
            raise ValueError
        with pytest.raises(ValueError):  # noqa: PT011  # has no text
            entry(things[depth + 1])
        assert table.get(0) is x
        raise ValueError

    entry = table.entry(graph, like=like)
    with pytest.raises(ValueError):  # noqa: PT011  # has no text
        entry(things[0])


def test_nested_entries_of_one_table(table):
    """Two entry functions of one table do not disturb each other."""
    one, other = Thing(), Thing()
    inner = table.entry(lambda x: table.get(0), like=like)

    def graph(x):
        assert inner(other) is other
        return table.get(0)

    assert table.entry(graph, like=like)(one) is one


def test_nested_entries_of_two_tables(table):
    """Two tables do not disturb each other."""
    other, one, two = SideTable(), Thing(), Thing()
    other.register_user_object(Thing(), X)
    inner = other.entry(lambda x: (table.get(0), other.get(0)), like=like)
    assert table.entry(lambda x: inner(two), like=like)(one) == (one, two)


def test_threads_each_find_their_own(table):
    """Calls at once, of one entry function, each find their own object every time."""
    barrier = threading.Barrier(8)

    def graph(x):
        barrier.wait()
        return all(table.get(0) is x for _ in range(500))

    entry = table.entry(graph, like=like)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(entry, [Thing() for _ in range(8)])) == [True] * 8


# --- coroutines -----------------------------------------------------------------------------


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


# --- sources and inputs ---------------------------------------------------------------------


def test_inputs_are_what_the_graph_gets():
    """With inputs, the graph gets these values, in this order, and no keywords."""
    table = SideTable()
    inputs = [X.attr("y"), X.item("z"), ConstantSource(5), GlobalSource("len")]

    class Holder(dict):
        y = "attribute"

    entry = table.entry(lambda *args: args, like=like, inputs=inputs)
    assert entry(Holder(z="item")) == ("attribute", "item", 5, len)


def test_no_inputs_are_not_the_same_as_none():
    """An empty list of inputs means that the graph takes nothing."""
    assert SideTable().entry(lambda: "ran", like=like, inputs=[])(1) == "ran"


def test_inputs_of_a_coroutine():
    """The same for an entry function that is awaited."""

    async def graph(value):
        return value

    assert run(SideTable().entry(graph, like=async_like, inputs=[X.attr("real")])(5)) == 5


def test_input_that_fails_restores(table):
    """An input that can not be fetched leaves the binding as it was."""
    stored = Thing()
    table.store(stored)
    entry = table.entry(print, like=like, inputs=[X.attr("missing")])
    with pytest.raises(AttributeError):
        entry(Thing())
    assert table.get(0) is stored


@pytest.mark.parametrize("source", ["x", None, 5])
def test_input_that_is_no_source_is_refused(table, source):
    """What is no source is an error when the entry function is made."""
    with pytest.raises((CodegenError, TypeError, ValueError)) as caught:
        table.entry(print, like=like, inputs=[source])
    assert "source" in str(caught.value)


def test_every_source_kind_is_fetched():
    """Each source writes code that finds what its name says."""
    table = SideTable()

    def function(x, y): ...

    sources = [
        X.attr("real"),
        LocalSource("y").item("key").item(LocalSource("x")),
        GlobalSource("Thing"),
        ImportSource("os.path").attr("join"),
        ImportSource("os.path").attr("join").call("a", X.attr("__class__").attr("__name__")),
        GlobalSource("dict").call(b=X, a=1),
        ConstantSource((1, "two")).item(-1),
    ]
    for source in sources:
        table.register_user_object(Thing(), source, hold="frame")
    entry = table.entry(
        lambda x, y: [table.get(index) for index in range(len(sources))], like=function
    )
    found = entry(5, {"key": {5: "found"}})
    assert found == [
        5,
        "found",
        Thing,
        os.path.join,
        "a/int".replace("/", os.sep),
        {"b": 5, "a": 1},
        "two",
    ]
    assert list(found[5]) == ["b", "a"]


class Pair(Source):
    """A source kind of somebody else's, which writes a call of its own."""

    def reconstruct(self, codegen):
        """Writes a pair of what is in `x` and a constant."""
        codegen.load_global("zip")
        codegen(X)
        codegen.load_const("ab")
        codegen.call(2)

    @property
    def name(self):
        """For people."""
        return 'zip(x, "ab")'


def test_source_kinds_of_others_are_fetched():
    """A source kind needs nothing but its one method."""
    table = SideTable()
    table.register_user_object(Thing(), Pair(), hold="frame")
    entry = table.entry(lambda x: list(table.get(0)), like=like)
    assert entry([1, 2]) == [(1, "a"), (2, "b")]


def test_foreign_source_needs_no_parent():
    """Edition dynamo-2.13 takes what has a `reconstruct`."""

    class Foreign:
        def reconstruct(self, codegen):
            codegen.load_local("x")

    table = SideTable(edition="dynamo-2.13")
    table.register_user_object(Thing(), Foreign())
    thing = Thing()
    assert table.entry(lambda x: table.get(0), like=like)(thing) is thing


def test_failed_registration_is_fetched_all_the_same():
    """In edition dynamo-2.13 a used-up index has a constructor, and the entry runs it."""
    table = SideTable(edition="dynamo-2.13")
    with pytest.raises(RuntimeError):
        table.register_user_object(5, X)
    thing = Thing()
    assert table.entry(lambda x: table.get(0), like=like)(thing) is thing


def test_many_objects():
    """More objects than one byte counts are each found in their place."""
    table = SideTable()
    for index in range(300):
        table.register_user_object(Thing(), X.item(index), hold="frame" if index % 3 else "weak")
    things = [index if index % 3 else Thing() for index in range(300)]
    entry = table.entry(lambda x: [table.get(index) for index in range(300)], like=like)
    assert entry(things) == things
