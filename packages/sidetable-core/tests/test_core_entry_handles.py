"""`HANDLE` among an entry function's inputs: the graph gets its call's handle."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from sidetable_core import HANDLE, SideTable, resolve
from sidetable_source import (
    ConstantSource,
    LocalSource,
    NotWeakReferenceableError,
    StaleHandleError,
    WrongTableError,
)

from .looking import Thing, is_dead

X = LocalSource("x")


@pytest.fixture
def table():
    """A table whose index 0 is the parameter `x`."""
    table = SideTable("streams")
    table.register_user_object(Thing(), X)
    return table


def like(x):
    """The function that entry functions here stand for."""


async def async_like(x):
    """The same as a coroutine function."""


def test_graph_gets_the_handle_of_its_call(table):
    """In its place among the inputs, as a plain int that resolves anywhere."""
    thing = Thing()

    def graph(before, handle, after):
        assert before is after is thing
        assert type(handle) is int
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(resolve, handle, 0).result()
        return found is table.get(0) is table.resolve(handle, 0) is thing

    assert table.entry(graph, like=like, inputs=[X, HANDLE, X])(thing)


def test_handle_twice_is_the_same(table):
    """One call has one handle, and each call its own."""
    entry = table.entry(lambda *handles: handles, like=like, inputs=[HANDLE, HANDLE])
    first, second = entry(Thing()), entry(Thing())
    assert len(set(first)) == len(set(second)) == 1
    assert first != second


def test_handle_is_stale_after_the_call(table):
    """Also when the graph raised; nothing is kept, and what was bound before is back."""
    stored, handles, alive = Thing(), [], []
    table.store(stored)

    def graph(handle):
        handles.append(handle)
        alive.append(weakref.ref(resolve(handle, 0)))
        if len(handles) > 1:
            raise ValueError

    entry = table.entry(graph, like=like, inputs=[HANDLE])
    entry(Thing())
    with pytest.raises(ValueError):  # noqa: PT011  # has no text
        entry(Thing())
    assert table.get(0) is stored
    gc.collect()
    assert all(is_dead(reference) for reference in alive)
    for handle in handles:
        with pytest.raises(StaleHandleError):
            resolve(handle, 0)


def test_recursive_calls_have_their_own_handles(table):
    """Each level's handle finds its own object, from inside all of them."""
    things = [Thing() for _ in range(10)]

    def graph(handle, known=()):
        known = (*known, handle)
        assert [resolve(one, 0) for one in known] == things[: len(known)]
        if len(known) < len(things):
            inner = table.entry(lambda handle: graph(handle, known), like=like, inputs=[HANDLE])
            inner(things[len(known)])
        assert table.get(0) is things[len(known) - 1]

    table.entry(graph, like=like, inputs=[HANDLE])(things[0])


def test_coroutine_function(table):
    """Interleaved calls each have their own handle."""

    async def graph(x, handle):
        await asyncio.sleep(0)
        return resolve(handle, 0) is x

    entry = table.entry(graph, like=async_like, inputs=[X, HANDLE])

    async def main():
        return await asyncio.gather(*(entry(Thing()) for _ in range(10)))

    assert asyncio.run(main()) == [True] * 10


def test_handle_of_one_table_in_a_graph_of_another(table):
    """Asking the wrong table is an error."""
    other = SideTable("locks")

    def graph(handle):
        with pytest.raises(WrongTableError):
            other.resolve(handle, 0)

    table.entry(graph, like=like, inputs=[HANDLE])(Thing())


def test_fetched_object_that_can_not_be_weakly_referenced(table):
    """The error is the same as that of a call without a handle."""
    errors = []
    for inputs in ([X], [HANDLE]):
        with pytest.raises(NotWeakReferenceableError) as caught:
            table.entry(print, like=like, inputs=inputs)(5)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


def test_object_held_by_the_call(table):
    """Objects that only frames hold are found through the handle."""
    table.register_user_object(None, X, hold="frame")
    with pytest.raises(NotWeakReferenceableError):
        table.entry(print, like=like, inputs=[HANDLE])([])
    table.reset()
    table.register_user_object(None, X, hold="frame")
    value = []
    entry = table.entry(lambda handle: resolve(handle, 0), like=like, inputs=[HANDLE])
    assert entry(value) is value


def test_source_shows_where_the_handle_comes_from(table):
    """The text passes on the handle of what it has bound."""
    lines = inspect.getsource(table.entry(print, like=like, inputs=[X, HANDLE])).splitlines()
    assert "token = bind(object_0)" in [line.strip() for line in lines]
    assert "return graph(x, token.handle)" in [line.strip() for line in lines]


@pytest.mark.parametrize("name", ["token", "bind", "handle"])
def test_our_own_names_collide_with_nobodys(name):
    """A parameter may have any name of those that the generated code uses."""
    table, scratch = SideTable(), {}
    exec(f"def like({name}): ...", scratch)
    table.register_user_object(Thing(), LocalSource(name))
    entry = table.entry(resolve, like=scratch["like"], inputs=[HANDLE, ConstantSource(0)])
    thing = Thing()
    assert entry(thing) is thing


def test_handle_stands_for_itself():
    """There is one, whose name is what it looks like, also in a copy and in a pickle."""
    assert repr(HANDLE) == "HANDLE"
    assert type(HANDLE).__module__ == "sidetable_core"
    assert copy.copy(HANDLE) is copy.deepcopy(HANDLE) is HANDLE
    assert pickle.loads(pickle.dumps(HANDLE)) is HANDLE
