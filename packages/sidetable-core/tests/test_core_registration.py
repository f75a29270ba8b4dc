"""Registering: which index an object gets, and where it is found."""

from __future__ import annotations

import _thread
import gc
import operator
import re
import sys
import threading
import weakref
from contextvars import Context, copy_context
from functools import partial

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    FrameError,
    LocalSource,
    NoBindingError,
)

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""

    def method(self):
        """Is bound anew each time that it is asked for."""


def construct(index, codegen):
    """A construct function that is not run here."""


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("streams", edition=request.param)


def test_indices_are_dense_from_zero(table):
    """The first registration gets 0, each later one the previous plus one."""
    things = [Thing() for _ in range(5)]
    assert [table.register_user_object(thing, SOURCE) for thing in things] == [0, 1, 2, 3, 4]
    assert [table.get(index) for index in range(5)] == things


def test_both_kinds_share_one_sequence(table):
    """User objects and graph-created objects take indices from the same sequence."""
    things = [Thing() for _ in range(4)]
    assert table.register_user_object(things[0], SOURCE) == 0
    assert table.register_graph_created_object(things[1], construct) == 1
    assert table.register_graph_created_object(things[2], construct) == 2
    assert table.register_user_object(things[3], SOURCE) == 3
    assert [table.get(index) for index in range(4)] == things


def test_same_object_twice_gets_two_indices(table):
    """Registering is never deduplicated."""
    thing = Thing()
    assert table.register_user_object(thing, SOURCE) == 0
    assert table.register_user_object(thing, SOURCE) == 1
    assert table.get(0) is table.get(1) is thing


@pytest.mark.parametrize("stored", [0, 1, 5])
def test_storing_does_not_change_the_next_index(table, stored):
    """The next index depends on registrations only, whatever is stored."""
    kept = [Thing() for _ in range(6)]
    table.register_user_object(kept[0], SOURCE)
    table.store(*kept[:stored])
    assert table.register_user_object(kept[5], SOURCE) == 1


def test_dead_objects_index_is_not_given_out_again(table):
    """An index stays taken when its object dies."""
    table.register_user_object(Thing(), SOURCE)
    gc.collect()
    assert table.register_user_object(Thing(), SOURCE) == 1


def test_registered_after_store_is_found_with_the_stored(table):
    """Registering binds the new index in that context, and the others keep their meaning."""
    first, stored, late = Thing(), Thing(), Thing()
    table.register_user_object(first, SOURCE)
    table.store(stored)
    assert table.register_user_object(late, SOURCE) == 1
    assert table.get(0) is stored
    assert table.get(1) is late


def test_registered_after_a_short_store_leaves_a_gap_unbound(table):
    """Indices between the stored objects and the new one find nothing."""
    things = [Thing() for _ in range(3)]
    table.register_user_object(things[0], SOURCE)
    table.register_user_object(things[1], SOURCE)
    table.store()
    assert table.register_user_object(things[2], SOURCE) == 2
    assert table.get(2) is things[2]
    for index in (0, 1):
        with pytest.raises(LookupError):
            table.get(index)


def test_registered_after_a_long_store_takes_its_place(table):
    """A new index means the new object, also where something was stored there before."""
    stored, new = [Thing(), Thing()], Thing()
    table.store(*stored)
    assert table.register_user_object(new, SOURCE) == 0
    assert table.get(0) is new
    assert table.get(1) is stored[1]


def test_presence_is_a_bool_and_follows_registrations(table):
    """Something is present from the first registration on, whatever is stored or has died."""
    assert table.has_user_objects() is False
    table.store(Thing())
    assert table.has_user_objects() is False
    table.register_user_object(Thing(), SOURCE)
    assert table.has_user_objects() is True
    table.store()
    gc.collect()
    assert table.has_user_objects() is True


def test_graph_created_object_makes_presence_true(table):
    """An object that the graph makes counts as much as a user object."""
    table.register_graph_created_object(Thing(), construct)
    assert table.has_user_objects() is True


def test_user_object_is_held_weakly(table):
    """Neither the registration nor its constructor keeps a user object alive."""
    thing = Thing()
    alive = weakref.ref(thing)
    table.register_user_object(thing, SOURCE)
    constructor = table.constructors[0]
    del thing
    gc.collect()
    assert alive() is None
    assert constructor.source is SOURCE


def test_graph_created_object_is_kept_until_reset(table):
    """An example value lives without another reference, across stores, until reset."""
    alive = []
    for _ in range(3):
        thing = Thing()
        alive.append(weakref.ref(thing))
        table.register_graph_created_object(thing, construct)
        del thing
        table.store()
    gc.collect()
    assert all(reference() is not None for reference in alive)
    table.reset()
    gc.collect()
    assert all(reference() is None for reference in alive)


@pytest.mark.parametrize("value", [threading.Lock(), Thing, construct, re, {1}, (x for x in ())])
def test_surprisingly_weakly_referenceable_values_register(table, value):
    """Locks, classes, functions, modules, sets and generators can be weakly referenced."""
    assert table.get(table.register_user_object(value, SOURCE)) is value


def test_bound_method_dies_at_once(table):
    """A bound method is a temporary object, and nothing keeps it."""
    table.register_user_object(Thing().method, SOURCE)
    gc.collect()
    with pytest.raises(ReferenceError):
        table.get(0)


def test_register_inside_a_frame_that_bound_the_index_is_refused():
    """The graph that runs in the frame would find the new object instead of its own."""
    table, thing = SideTable("streams"), Thing()
    with table.frame(thing):
        with pytest.raises(FrameError, match="streams"):
            table.register_user_object(Thing(), SOURCE)
        assert table.get(0) is thing
    assert table.has_user_objects() is False


def test_register_inside_a_frame_past_its_objects_binds_for_the_frame():
    """An index that the frame does not bind is found inside it, and not after it."""
    table, thing, late = SideTable(), Thing(), Thing()
    table.register_user_object(thing, SOURCE)
    table.store(thing)
    with table.frame(thing):
        assert table.register_user_object(late, SOURCE) == 1
        assert table.get(1) is late
        assert table.get(0) is thing
    assert table.get(0) is thing
    with pytest.raises(LookupError):
        table.get(1)


def test_registering_in_a_frame_of_nothing_hides_what_is_around():
    """A frame of its own makes room for any registration."""
    table, outer, new = SideTable(), Thing(), Thing()
    with table.frame(outer):
        with table.frame():
            assert table.register_user_object(new, SOURCE) == 0
            assert table.get(0) is new
        assert table.get(0) is outer


def test_trace_time_references_belong_to_the_contexts_that_registered():
    """A context that only stored, or did nothing, does not find what another registered."""
    table, thing = SideTable(), Thing()
    Context().run(table.register_user_object, thing, SOURCE)
    with pytest.raises(NoBindingError):
        table.get(0)


def test_copied_context_shares_trace_time_references():
    """A context copied from one that registered finds what is registered there later."""
    table, things = SideTable(), [Thing(), Thing()]
    table.register_user_object(things[0], SOURCE)
    copied = copy_context()
    table.register_user_object(things[1], SOURCE)
    assert copied.run(table.get, 1) is things[1]


def test_registering_in_a_context_copied_from_an_ended_frame():
    """A frame that has ended is in nobody's way."""
    table, thing = SideTable(), Thing()
    with table.frame(Thing()):
        copied = copy_context()
    assert copied.run(table.register_user_object, thing, SOURCE) == 0
    assert copied.run(table.get, 0) is thing


def test_registering_in_a_context_copied_from_an_ended_entry_call():
    """An entry call that has ended is in nobody's way."""
    table, thing, copies = SideTable(), Thing(), []
    table.register_user_object(thing, SOURCE)
    entry = table.entry(lambda x: copies.append(copy_context()), like=lambda x: None)
    entry(Thing())
    table.reset()
    assert copies[0].run(table.register_user_object, thing, SOURCE) == 0
    assert copies[0].run(table.get, 0) is thing


@pytest.mark.parametrize("kind", ["user object", "graph-created"])
def test_registering_without_a_caller(table, kind):
    """A registration that no line of Python asked for, in a thread of C code, is like any other."""
    register, origin = table.register_user_object, SOURCE
    if kind == "graph-created":
        register, origin = table.register_graph_created_object, print
    thing, done = Thing(), _thread.allocate_lock()
    done.acquire()
    steps = [
        partial(sys.settrace, threading.gettrace()),  # as a Thread would begin
        partial(register, thing, origin),
        done.release,
    ]
    _thread.start_new_thread(list, (map(operator.call, steps),))
    done.acquire()
    assert len(table.constructors) == 1
    assert "Thing" in table.describe()
