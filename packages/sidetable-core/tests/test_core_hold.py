"""Objects held by frames: those that cannot be weakly referenced, and those that shall not be."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import weakref
from contextvars import copy_context
from decimal import Context as DecimalContext

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    LocalSource,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
)

SOURCE = LocalSource("x")

CARRIED = [None, 0, 5, (), (1, 2), "", [], {}, DecimalContext(), object()]


def type_of(value):
    """What a value is called in the names of tests."""
    return type(value).__name__


class Thing:
    """An object that can be weakly referenced."""


class Value:
    """An object that cannot be weakly referenced, and tells when it dies."""

    __slots__ = ("deaths",)

    def __init__(self, deaths):
        self.deaths = deaths

    def __del__(self):
        self.deaths.append("died")


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition whose index 0 is held by frames."""
    table = SideTable("databases", edition=request.param)
    table.register_user_object(None, SOURCE, hold="frame")
    return table


@pytest.mark.parametrize("value", CARRIED, ids=type_of)
def test_anything_is_found_in_a_frame(table, value):
    """The very object is found, be it None or false, and nothing is afterwards."""
    with table.frame(value):
        assert table.get(0) is value
    with pytest.raises(NoBindingError):
        table.get(0)


@pytest.mark.parametrize("value", CARRIED, ids=type_of)
def test_anything_is_found_in_an_entry_function(table, value):
    """The very object is found, be it None or false, and nothing is afterwards."""
    entry = table.entry(lambda x: table.get(0), like=lambda x: None)
    assert entry(value) is value
    with pytest.raises(NoBindingError):
        table.get(0)


@pytest.mark.parametrize("value", CARRIED, ids=type_of)
def test_anything_is_found_in_a_coroutine_entry_function(table, value):
    """The same for an entry function that is awaited."""

    async def graph(x):
        await asyncio.sleep(0)
        return table.get(0)

    async def like(x): ...

    assert asyncio.run(table.entry(graph, like=like)(value)) is value


@pytest.mark.parametrize("value", [None, 0, "text"])
def test_anything_can_be_set(value):
    """An index that frames hold can be set to what cannot be weakly referenced."""
    table = SideTable()
    table.register_user_object(1, SOURCE, hold="frame")
    table.set(0, value)
    assert table.get(0) is value
    with table.frame(1):
        table.set(0, value)
        assert table.get(0) is value
    assert table.get(0) is value


def test_database_connection_is_found():
    """What the hold is for: connections cannot be weakly referenced."""
    table = SideTable()
    with sqlite3.connect(":memory:") as database:
        table.register_user_object(database, SOURCE, hold="frame")
        entry = table.entry(lambda x: table.get(0).execute("select 1").fetchall(), like=lambda x: 0)
        assert entry(database) == [(1,)]
    database.close()


def test_object_is_not_kept_before_or_after():
    """Neither registering nor a finished frame or call keeps the object."""
    table, deaths = SideTable(), []
    table.register_user_object(Value(deaths), SOURCE, hold="frame")
    gc.collect()
    assert deaths == ["died"]
    with table.frame(Value(deaths)):
        gc.collect()
        assert deaths == ["died"]
        assert isinstance(table.get(0), Value)
    gc.collect()
    assert deaths == ["died"] * 2
    table.entry(lambda x: table.get(0), like=lambda x: None)(Value(deaths))
    gc.collect()
    assert deaths == ["died"] * 3


def test_copied_context_keeps_nothing_alive(table):
    """A context copied inside a frame or a call has a reference, and says that it is dead."""
    deaths, copies = [], []
    with table.frame(Value(deaths)):
        copies.append(copy_context())
    table.entry(lambda x: copies.append(copy_context()), like=lambda x: None)(Value(deaths))
    gc.collect()
    assert deaths == ["died"] * 2
    for copied in copies:
        with pytest.raises(ObjectNotAliveError):
            copied.run(table.get, 0)


def test_index_finds_nothing_outside_of_frames(table):
    """Registering binds nothing, and the error says what would."""
    with pytest.raises(NoBindingError, match='hold="frame"'):
        table.get(0)


def test_weakly_referenceable_object_can_be_held_too():
    """The hold is the caller's choice, not the object's."""
    table, thing = SideTable(), Thing()
    alive = weakref.ref(thing)
    table.register_user_object(thing, SOURCE, hold="frame")
    with pytest.raises(NoBindingError):
        table.get(0)
    with table.frame(thing):
        assert table.get(0) is thing
    table.store(thing)
    assert table.get(0) is thing
    del thing
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("value", [None, 1])
def test_store_of_what_can_not_be_referenced_is_a_type_error(table, value):
    """A store holds nothing, so it cannot bind such an object."""
    with pytest.raises(NotWeakReferenceableError):
        table.store(value)


def test_mixed_holds(table):
    """Each index is held as it was registered."""
    thing = Thing()
    table.register_user_object(thing, LocalSource("y"))
    with table.frame(5, thing):
        assert table.get(0) == 5
        assert table.get(1) is thing
    with pytest.raises(NotWeakReferenceableError) as caught:
        table.frame(5, 6)
    assert caught.value.index == 1
    entry = table.entry(lambda x, y: (table.get(0), table.get(1)), like=lambda x, y: None)
    assert entry(5, thing) == (5, thing)
    with pytest.raises(NotWeakReferenceableError) as caught:
        entry(5, 6)
    assert (caught.value.index, caught.value.operation) == (1, "entry")


def test_registering_does_not_touch_what_is_stored(table):
    """An index that frames hold is unbound in a context that has stored, too."""
    thing = Thing()
    table.store(thing)
    table.register_user_object(5, SOURCE, hold="frame")
    assert table.get(0) is thing
    with pytest.raises(NoBindingError, match='hold="frame"'):
        table.get(1)


def test_trace_time_binding_without_it_survives_a_set(table):
    """Setting another index leaves an index that frames hold unbound."""
    thing = Thing()
    table.register_user_object(thing, SOURCE)
    table.set(1, thing)
    with pytest.raises(NoBindingError, match='hold="frame"'):
        table.get(0)
    assert table.get(1) is thing
