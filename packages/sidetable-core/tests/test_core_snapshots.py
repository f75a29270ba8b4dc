"""Snapshots: what they take, and how long they hold it."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable, Snapshot
from sidetable_source import (
    IndexNotRegisteredError,
    LocalSource,
    NoBindingError,
    ObjectNotAliveError,
)

from .looking import Thing, is_dead, is_lost

SOURCE = LocalSource("x")


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition with nothing in it."""
    return SideTable("streams", edition=request.param)


def in_store(table, *things):
    """Takes a snapshot of what is stored, and lets it go."""

    def work():
        table.store(*things)
        return table.snapshot()

    return Context().run(work)


def in_frame(table, *things):
    """Takes a snapshot in a frame, and leaves it."""
    with table.frame(*things):
        return table.snapshot()


def in_entry(table, *things):
    """Takes a snapshot in the call of an entry function."""
    names = [f"x{number}" for number in range(len(things))]
    scratch = {}
    exec(f"def like({', '.join(names)}): ...", scratch)
    for name, thing in zip(names, things, strict=True):
        Context().run(table.register_user_object, thing, LocalSource(name))
    return table.entry(lambda *_: table.snapshot(), like=scratch["like"])(*things)


def in_registration(table, *things):
    """Takes a snapshot where the objects were registered."""

    def work():
        for thing in things:
            table.register_user_object(thing, SOURCE)
        return table.snapshot()

    return Context().run(work)


def in_snapshot(table, *things):
    """Takes a snapshot inside another one."""
    with in_frame(table, *things):
        return table.snapshot()


TAKEN = pytest.mark.parametrize(
    "take", [in_store, in_frame, in_entry, in_registration, in_snapshot]
)


@TAKEN
def test_snapshot_finds_what_was_bound(table, take):
    """The very objects are found inside the block, and what was found before is back after it."""
    things, stored = [Thing(), Thing()], Thing()
    snapshot = take(table, *things)
    assert isinstance(snapshot, Snapshot)
    table.store(stored)
    with snapshot as entered:
        assert entered is snapshot
        assert [table.get(0), table.get(1)] == things
        with pytest.raises(LookupError):
            table.get(2)
    assert table.get(0) is stored


@TAKEN
def test_snapshot_holds_as_long_as_it_lives(table, take):
    """The objects live exactly as long as the snapshot, whether it was entered or not."""
    snapshot = take(table, Thing())
    alive = weakref.ref(snapshot._owned[0])
    assert not is_dead(alive)
    with snapshot:
        assert table.get(0) is alive()
    assert not is_dead(alive)
    del snapshot
    assert is_dead(alive)


@pytest.mark.parametrize("take", [in_store, in_registration])
def test_dead_stay_dead(table, take):
    """What had died when the snapshot was taken is the lookup's error, and spares the others."""
    thing = Thing()
    snapshot = take(table, thing, Thing(), thing)
    with snapshot:
        copied = copy_context()
    del snapshot
    gc.collect()
    snapshot = copied.run(table.snapshot)
    with snapshot:
        assert (table.get(0), table.get(2)) == (thing, thing)
        with pytest.raises(ObjectNotAliveError):
            table.get(1)


def test_dead_stay_dead_where_they_were_registered(table):
    """The same for the trace-time references themselves."""
    thing = Thing()
    table.register_user_object(Thing(), SOURCE)
    table.register_user_object(thing, SOURCE)
    gc.collect()
    with table.snapshot():
        assert table.get(1) is thing
        with pytest.raises(ObjectNotAliveError):
            table.get(0)


def test_snapshot_of_graph_created_objects(table):
    """What the table keeps until reset is kept by the snapshot after it."""
    index = table.register_graph_created_object(Thing(), print)
    alive = weakref.ref(table.get(index))
    snapshot = table.snapshot()
    table.reset()
    assert not is_dead(alive)
    with snapshot:
        assert table.get(index) is alive()
    del snapshot
    assert is_dead(alive)


@pytest.mark.parametrize("value", [None, 0, (), [1], "text"])
def test_snapshot_holds_what_can_not_be_weakly_referenced(table, value):
    """Objects that only frames hold are found too, be they None or false."""
    table.register_user_object(value, SOURCE, hold="frame")
    snapshot = in_frame(table, value)
    assert is_lost(table)
    with snapshot:
        assert table.get(0) is value
        again = table.snapshot()
    with again:
        assert table.get(0) is value


def test_object_held_by_a_frame_is_not_kept_for_its_contexts():
    """A context copied in the frame loses the object with the frame, the snapshot keeps it."""
    table, value = SideTable(), []
    table.register_user_object(value, SOURCE, hold="frame")
    with table.frame(value):
        snapshot, copied = table.snapshot(), copy_context()
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)
    later = copied.run(table.snapshot)
    with later, pytest.raises(ObjectNotAliveError):
        table.get(0)
    with snapshot:
        assert table.get(0) is value


def test_snapshot_takes_what_set_put_in(table):
    """A value that the binding owned lives as long as the snapshot."""
    alive = []

    def work():
        table.store(Thing())
        value = Thing()
        alive.append(weakref.ref(value))
        table.set(0, value)
        return table.snapshot()

    snapshot = Context().run(work)
    gc.collect()
    with snapshot:
        assert table.get(0) is alive[0]()
    table.reset()
    del snapshot
    assert is_dead(alive[0])


def test_snapshot_of_a_store_of_nothing_hides_everything(table):
    """A store of nothing is a binding, in which nothing is found."""
    thing = Thing()
    snapshot = in_store(table)
    table.store(thing)
    with snapshot, pytest.raises(IndexNotRegisteredError):
        table.get(0)
    assert table.get(0) is thing


def test_unbound_index_stays_unbound(table):
    """A gap below a value that was set is a gap in the snapshot."""
    Context().run(table.register_user_object, Thing(), SOURCE)
    Context().run(table.register_user_object, Thing(), SOURCE)
    thing = Thing()
    table.set(1, thing)
    with table.snapshot():
        assert table.get(1) is thing
        with pytest.raises(NoBindingError):
            table.get(0)


def test_snapshot_takes_nothing_of_a_dropped_frame(table):
    """What is taken is what the next lookup in order would find."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    table.frame(thing).__enter__()
    with table.snapshot():
        assert table.get(0) is stored


def test_without_a_binding_there_is_nothing_to_take(table):
    """The error says how to carry a binding over, and nothing has changed."""
    table.register_user_object(Thing(), SOURCE)
    with pytest.raises(NoBindingError) as caught:
        Context().run(table.snapshot)
    assert caught.value.index is None
    for fact in ("streams", "context", "snapshot()", "handle"):
        assert fact in str(caught.value)
    table.reset()
    with pytest.raises(NoBindingError):
        table.snapshot()


def test_snapshot_outlives_its_table():
    """A snapshot keeps working when the table object itself is dropped."""
    table, thing = SideTable(), Thing()
    snapshot, get = in_store(table, thing), table.get
    del table
    with snapshot:
        assert get(0) is thing
    with pytest.raises(NoBindingError):
        get(0)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_snapshot_can_not_be_copied(table, duplicate):
    """A snapshot says that it cannot be copied, and is left as it was."""
    thing = Thing()
    snapshot = in_store(table, thing)
    with pytest.raises(TypeError, match="Snapshot"):
        duplicate(snapshot)
    with snapshot:
        assert table.get(0) is thing
