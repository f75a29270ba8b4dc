"""Registering: which index an object gets, and what a failed registration leaves."""

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
from types import SimpleNamespace

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    FrameError,
    InvalidSourceError,
    LocalSource,
    NoBindingError,
    Unsupported,
)

SOURCE = LocalSource("x")


def type_of(value):
    """What a value is called in the names of tests."""
    return type(value).__name__


class Thing:
    """An object that can be weakly referenced."""

    def method(self):
        """Is bound anew each time that it is asked for."""


class Slotted:
    """An object that can not."""

    __slots__ = ()


NOT_WEAKLY_REFERENCEABLE = [1, "text", b"", (), [], {}, None, object(), Slotted()]


class Hostile:
    """Can not be weakly referenced, nor shown."""

    __slots__ = ()

    def __getattribute__(self, name):
        raise RuntimeError

    __repr__ = __str__ = __hash__ = __eq__ = __getattribute__


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


@pytest.mark.parametrize("value", NOT_WEAKLY_REFERENCEABLE, ids=type_of)
def test_user_object_that_can_not_be_referenced_is_unsupported(table, value):
    """The error says which kind failed and is caused by the failed weak reference."""
    with pytest.raises(Unsupported, match=r"user object.*hold=") as caught:
        table.register_user_object(value, SOURCE)
    assert type(caught.value.__cause__) is TypeError
    assert type(value).__name__ in caught.value.context


@pytest.mark.parametrize("value", NOT_WEAKLY_REFERENCEABLE, ids=type_of)
def test_graph_created_object_that_can_not_be_referenced_is_unsupported(table, value):
    """The error says which kind failed and is caused by the failed weak reference."""
    with pytest.raises(Unsupported, match="graph-created object") as caught:
        table.register_graph_created_object(value, construct)
    assert type(caught.value.__cause__) is TypeError
    assert "user object" not in caught.value.gb_type


def test_value_that_can_not_be_shown_is_still_unsupported(table):
    """No code of the value's runs while the error is made."""
    value = Hostile()
    with pytest.raises(Unsupported, match="Hostile"):
        table.register_user_object(value, SOURCE)
    with pytest.raises(Unsupported, match="Hostile"):
        table.register_graph_created_object(value, construct)


def test_table_is_usable_after_a_failed_registration(table):
    """Earlier indices find their objects, and later registrations work."""
    first, last = Thing(), Thing()
    table.register_user_object(first, SOURCE)
    for value in (1, None):
        with pytest.raises(Unsupported):
            table.register_user_object(value, SOURCE)
    index = table.register_user_object(last, SOURCE)
    assert table.get(0) is first
    assert table.get(index) is last


def test_failed_registration_uses_no_index_up_in_2026_11():
    """Registering is all or nothing."""
    table = SideTable()
    with pytest.raises(Unsupported):
        table.register_user_object(1, SOURCE)
    assert table.has_user_objects() is False
    assert dict(table.constructors) == {}
    assert table.register_user_object(Thing(), SOURCE) == 0


def test_failed_registration_uses_an_index_up_in_dynamo_2_13():
    """The edition does what PyTorch does: the index is gone and has a constructor."""
    table = SideTable(edition="dynamo-2.13")
    for _ in range(2):
        with pytest.raises(Unsupported):
            table.register_user_object(1, SOURCE)
    with pytest.raises(Unsupported):
        table.register_graph_created_object(1, construct)
    assert table.has_user_objects() is True
    assert list(table.constructors) == [0, 1, 2]
    assert table.constructors[1].source is SOURCE
    assert table.constructors[2].construct_fn is construct
    assert table.register_user_object(Thing(), SOURCE) == 3


def test_failed_index_finds_nothing_until_it_is_stored():
    """A used-up index is an error that says why, until a store binds it."""
    table = SideTable(edition="dynamo-2.13")
    with pytest.raises(Unsupported):
        table.register_user_object(1, SOURCE)
    with pytest.raises(NoBindingError, match="registration failed"):
        table.get(0)
    thing = Thing()
    table.store(thing)
    assert table.get(0) is thing


def test_failed_index_after_a_store_stays_unbound():
    """The index that a failed registration uses up takes nothing else's place."""
    table, thing = SideTable(edition="dynamo-2.13"), Thing()
    table.register_user_object(thing, SOURCE)
    table.store(thing)
    with pytest.raises(Unsupported):
        table.register_user_object(1, SOURCE)
    assert table.get(0) is thing
    with pytest.raises(NoBindingError, match="registration failed"):
        table.get(1)


class Value:
    """An object that can not be weakly referenced, and tells when it dies."""

    __slots__ = ("deaths",)

    def __init__(self, deaths):
        self.deaths = deaths

    def __del__(self):
        self.deaths.append("died")


def test_failed_graph_created_value_is_let_go_in_2026_11():
    """A value whose registration failed is not kept."""
    table, deaths = SideTable(), []
    with pytest.raises(Unsupported):
        table.register_graph_created_object(Value(deaths), construct)
    gc.collect()
    assert deaths == ["died"]


def test_failed_graph_created_value_is_kept_in_dynamo_2_13():
    """A value whose registration failed stays alive until reset, as in PyTorch."""
    table, deaths = SideTable(edition="dynamo-2.13"), []
    with pytest.raises(Unsupported):
        table.register_graph_created_object(Value(deaths), construct)
    gc.collect()
    assert deaths == []
    table.reset()
    gc.collect()
    assert deaths == ["died"]


@pytest.mark.parametrize("source", [None, "self.pool", 3, LocalSource])
def test_what_is_no_source_is_refused(source):
    """The source is checked before anything has changed."""
    table = SideTable()
    with pytest.raises(InvalidSourceError):
        table.register_user_object(Thing(), source)
    assert table.has_user_objects() is False


def test_dynamo_edition_takes_the_sources_of_other_compilers():
    """A compiler's own sources need no common parent."""
    table, source = SideTable(edition="dynamo-2.13"), SimpleNamespace()
    table.register_user_object(Thing(), source)
    assert table.constructors[0].source is source


@pytest.mark.parametrize("hold", ["strong", "", None, 1])
def test_unknown_hold_is_refused(hold):
    """There are two ways to hold an object, and no third."""
    table = SideTable()
    with pytest.raises(ValueError, match="hold"):
        table.register_user_object(Thing(), SOURCE, hold=hold)
    assert table.has_user_objects() is False


def test_construct_function_has_to_be_callable():
    """What can not be called is refused where it is registered, not where it is run."""
    table = SideTable()
    with pytest.raises(TypeError, match="callable"):
        table.register_graph_created_object(Thing(), None)
    assert table.has_user_objects() is False


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
    """A frame that has ended stands in nobody's way."""
    table, thing = SideTable(), Thing()
    with table.frame(Thing()):
        copied = copy_context()
    assert copied.run(table.register_user_object, thing, SOURCE) == 0
    assert copied.run(table.get, 0) is thing


def test_registering_in_a_context_copied_from_an_ended_entry_call():
    """An entry call that has ended stands in nobody's way."""
    table, thing, copies = SideTable(), Thing(), []
    table.register_user_object(thing, SOURCE)
    entry = table.entry(lambda x: copies.append(copy_context()), like=lambda x: None)
    entry(Thing())
    table.reset()
    assert copies[0].run(table.register_user_object, thing, SOURCE) == 0
    assert copies[0].run(table.get, 0) is thing


def test_registering_without_a_caller(table):
    """A registration that no line of Python asked for, in a thread of C code, is like any other."""
    thing, done = Thing(), _thread.allocate_lock()
    done.acquire()
    steps = [
        partial(sys.settrace, threading.gettrace()),  # as a Thread would begin
        partial(table.register_user_object, thing, SOURCE),
        done.release,
    ]
    _thread.start_new_thread(list, (map(operator.call, steps),))
    assert done.acquire(timeout=10)
    assert table.constructors[0].source is SOURCE
    assert "Thing" in table.describe()
