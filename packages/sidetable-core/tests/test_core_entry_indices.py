"""Entry functions of chosen indices, and what is said where a source or a graph does not fit."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading

import pytest

from sidetable_core import (
    HANDLE,
    CodegenError,
    IndexNotRegisteredError,
    LocalSource,
    NoBindingError,
    NotWeakReferenceableError,
    SideTable,
)


class Thing:
    """An object that can be weakly referenced."""


def read(pool):
    """The first function."""


def write(log):
    """The second function."""


async def reading(pool):
    """The first function as a coroutine function."""


@pytest.fixture
def table():
    """A table for two functions: index 0 is a parameter of one, and 1 of the other."""
    table = SideTable("shared")
    table.register_user_object(Thing(), LocalSource("pool"))
    table.register_user_object(Thing(), LocalSource("log"))
    return table


@pytest.mark.parametrize("inputs", [None, [HANDLE]], ids=["bound", "framed"])
def test_one_table_serves_two_functions(table, inputs):
    """Each entry function fetches its own indices, and restores the whole binding."""
    pool, log, stored = Thing(), Thing(), [Thing(), Thing()]
    table.store(*stored)
    first = table.entry(lambda _: table.get(0), like=read, indices=[0], inputs=inputs)
    second = table.entry(lambda _: table.get(1), like=write, indices=[1], inputs=inputs)
    assert first(pool) is pool
    assert second(log) is log
    assert [table.get(0), table.get(1)] == stored


def test_index_that_was_left_out_is_an_error(table):
    """The graph does not find what was bound before the call, and is told why."""
    table.store(Thing(), Thing())
    entry = table.entry(lambda log: table.get(0), like=write, indices=[1])
    with pytest.raises(NoBindingError, match="binding leaves this index out"):
        entry(Thing())


def test_indices_are_fetched_once_in_order(table):
    """However they are given."""
    index = table.register_user_object(Thing(), LocalSource("log").attr("parent"))
    source = inspect.getsource(table.entry(print, like=write, indices=iter([index, 1, 1])))
    assert "bind(object_1, object_2)" in source


def test_an_entry_function_knows_its_sources(table):
    """Those that it fetches, in index order; a construct function is not one."""
    table.register_graph_created_object(Thing(), lambda index, codegen: codegen.load_local("log"))
    entry = table.entry(print, like=write, indices=[2, 1])
    assert entry.sources == (LocalSource("log"),)


def test_no_indices_at_all(table):
    """An entry function of no index binds nothing."""
    table.store(Thing())
    entry = table.entry(lambda log: table.get(0), like=write, indices=[])
    with pytest.raises(NoBindingError, match="only 0 objects"):
        entry(Thing())


def test_held_objects_among_the_indices(table):
    """An object that cannot be weakly referenced is found at its index, and only there."""
    index = table.register_user_object("text", LocalSource("log"), hold="frame")
    entry = table.entry(lambda log: table.get(index), like=write, indices=[index])
    assert entry("other") == "other"


def test_object_that_cannot_be_referenced_is_named_by_its_index(table):
    """The error names the index of the object, not its place in the call."""
    with pytest.raises(NotWeakReferenceableError) as caught:
        table.entry(print, like=write, indices=[1])(5)
    assert (caught.value.index, caught.value.operation) == (1, "entry")


@pytest.mark.parametrize(("indices", "index"), [([2], 2), ([0, -1], -1)])
def test_index_that_is_not_registered_is_refused(table, indices, index):
    """The error is that of a lookup, when the entry function is made."""
    with pytest.raises(IndexNotRegisteredError) as caught:
        table.entry(print, like=read, indices=indices)
    assert caught.value.index == index


def test_index_that_is_no_integer_is_refused(table):
    """As everywhere."""
    with pytest.raises(TypeError):
        table.entry(print, like=read, indices=["0"])


def test_source_that_does_not_fit_suggests_indices(table):
    """The message names the index, and says how one table serves two functions."""
    with pytest.raises(CodegenError, match=r"index 1 \(log\).*no parameter 'log'") as caught:
        table.entry(print, like=read)
    assert "all that is registered" in caught.value.hint
    assert "indices=" in caught.value.hint


def test_source_that_does_not_fit_a_wrapper_suggests_unwrap(table):
    """`functools.wraps` shows the signature of another function than the one that runs."""

    @functools.wraps(read)
    def wrapper(*args, **kwargs): ...

    with pytest.raises(CodegenError, match="no parameter 'pool'") as caught:
        table.entry(print, like=wrapper, indices=[0])
    assert "inspect.unwrap" in caught.value.hint


@pytest.mark.parametrize("graph", [None, 5, LocalSource("x")])
def test_graph_that_is_not_callable_is_refused(table, graph):
    """When the entry function is made, not when it is called."""
    with pytest.raises(TypeError, match="callable"):
        table.entry(graph, like=read, indices=[0])


def test_coroutine_function_with_a_plain_graph(table):
    """What the graph returns is returned, or awaited where it can be."""
    thing = Thing()

    async def look_up():
        return table.get(0)

    for graph in (lambda pool: table.get(0), lambda pool: look_up()):
        entry = table.entry(graph, like=reading, indices=[0])
        assert asyncio.run(entry(thing)) is thing


def test_coroutine_function_with_a_generator_as_graph_is_refused(table):
    """A generator cannot be awaited."""

    def generator(pool):
        yield

    async def async_generator(pool):
        yield

    for graph in (generator, async_generator):
        with pytest.raises(CodegenError, match="awaits"):
            table.entry(graph, like=reading, indices=[0])


def test_entries_made_in_threads_at_once():
    """Making entry functions is safe in threads, although compiling on Python 3.11 is not."""
    tables, errors = [SideTable() for _ in range(4)], []
    source = LocalSource("pool")
    for step in range(90):
        source = source.attr(f"a{step}")

    def make(table):
        try:
            table.register_user_object(Thing(), source)
            for _ in range(40):
                table.entry(print, like=read)
        except Exception as error:  # noqa: BLE001  # reported by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=make, args=[table]) for table in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
