"""Setting: how long the object lives that was put in."""

from __future__ import annotations

import gc
import weakref
from contextvars import copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    LocalSource,
    ObjectNotAliveError,
)

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("streams", edition=request.param)


def put_in(table, index):
    """Sets a thing that nobody else holds; returns a weak reference to it."""
    thing = Thing()
    table.set(index, thing)
    return weakref.ref(thing)


def is_dead(reference):
    """Whether the object is gone after a collection."""
    gc.collect()
    return reference() is None


def test_refused_value_is_not_kept():
    """A value that could not be set is released."""
    deaths = []

    class Value:
        __slots__ = ()

        def __del__(self):
            deaths.append("died")

    table, thing = SideTable(), Thing()
    table.store(thing)
    with pytest.raises(TypeError):
        table.set(0, Value())
    gc.collect()
    assert deaths == ["died"]


def test_value_lives_as_long_as_its_binding_in_2026_11():
    """The binding owns what was set: it goes when the binding is replaced."""
    table, thing = SideTable(), Thing()
    table.store(thing, thing)
    alive = put_in(table, 0)
    assert not is_dead(alive)
    table.set(1, Thing())
    assert not is_dead(alive)
    table.store(thing)
    assert is_dead(alive)


def test_value_goes_when_it_is_set_again_in_2026_11():
    """A value is not kept for an index that means another one."""
    table = SideTable()
    table.store(Thing())
    alive = put_in(table, 0)
    put_in(table, 0)
    assert is_dead(alive)


def test_value_goes_when_it_is_stored_in_2026_11():
    """A store holds weakly, also what was set at that very index."""
    table, thing = SideTable(), Thing()
    table.store(thing)
    table.set(0, thing)
    alive = weakref.ref(thing)
    table.store(thing)
    assert table.get(0) is thing
    del thing
    assert is_dead(alive)


def test_value_goes_with_reset_in_2026_11():
    """Reset ends the binding, and what it owned."""
    table = SideTable()
    table.store(Thing())
    alive = put_in(table, 0)
    table.reset()
    assert is_dead(alive)


@pytest.mark.parametrize("edition", ["2026.11", "dynamo-2.13"])
def test_value_goes_with_the_table(edition):
    """A dropped table leaves no object alive."""
    table, thing = SideTable(edition=edition), Thing()
    table.store(thing)
    alive = put_in(table, 0)
    del table
    assert is_dead(alive)


def test_value_lives_until_reset_in_dynamo_2_13():
    """The edition does what PyTorch does: a value outlives its binding."""
    table, thing = SideTable(edition="dynamo-2.13"), Thing()
    table.store(thing)
    alive = put_in(table, 0)
    table.store(thing)
    assert not is_dead(alive)
    table.reset()
    assert is_dead(alive)


def test_value_that_a_frame_took_goes_with_the_frame_in_2026_11():
    """What is put into a frame's binding lives no longer than the frame."""
    table, thing = SideTable(), Thing()
    table.store(thing)
    with table.frame(Thing(), Thing()):
        alive = [put_in(table, 0), put_in(table, 1)]
        assert not is_dead(alive[0])
        assert table.get(0) is alive[0]()
    assert is_dead(alive[0])
    assert is_dead(alive[1])
    assert table.get(0) is thing


def test_copied_context_does_not_keep_a_frames_value():
    """The value goes with the frame although a copied context still has the binding."""
    table = SideTable()
    with table.frame(Thing()):
        alive = put_in(table, 0)
        copied = copy_context()
        assert copied.run(table.get, 0) is alive()
    assert is_dead(alive)
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)


def test_copied_context_does_not_keep_an_entrys_value():
    """The value goes with the call although a copied context still has the binding."""
    table, thing, seen = SideTable(), Thing(), []
    table.register_user_object(thing, SOURCE)

    def graph(x):
        seen.extend([put_in(table, 0), copy_context()])
        assert table.get(0) is seen[0]()
        assert not is_dead(seen[0])

    table.entry(graph, like=lambda x: None)(thing)
    alive, copied = seen
    assert is_dead(alive)
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)
    assert table.get(0) is thing


def test_value_in_an_entrys_binding_goes_with_the_call():
    """The next call finds its own object, not what was set during the one before."""
    table, thing, seen = SideTable(), Thing(), []
    table.register_user_object(thing, SOURCE)

    def graph(x):
        assert table.get(0) is x
        seen.append(put_in(table, 0))

    entry = table.entry(graph, like=lambda x: None)
    entry(thing)
    assert is_dead(seen[0])
    entry(thing)
