"""Entry functions: what a call binds, runs and puts back."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    FrameError,
    LocalSource,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
)

X = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def like(x):
    """The function that entry functions here stand for."""


@pytest.fixture
def table():
    """A table whose index 0 is the parameter `x`."""
    table = SideTable("streams")
    table.register_user_object(Thing(), X)
    return table


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
