"""KeyboardInterrupt at every moment of taking, entering and leaving a snapshot."""

from __future__ import annotations

import gc
import weakref
from contextlib import suppress

import pytest

from sidetable_core import SideTable
from sidetable_source import FrameError

from .looking import Thing, is_dead, is_lost


def prepared():
    """A table, a snapshot of it, and what is stored."""
    table, stored = SideTable(), Thing()
    table.store(stored)
    with table.frame(Thing()):
        return table, table.snapshot(), stored


def entered(table, snapshot):
    """Enters a snapshot and leaves it."""
    with snapshot:
        pass


def entered_twice(table, snapshot):
    """Enters a snapshot inside a frame inside itself."""
    with snapshot, table.frame(), snapshot:
        pass


def entered_around_a_call(table, snapshot):
    """Calls an entry function inside a snapshot."""
    entry = table.entry(lambda: None, like=lambda: None)
    with snapshot:
        entry()


def entered_around_a_call_that_is_interrupted(table, snapshot):
    """The same, and goes on after an interrupt in the call."""
    entry = table.entry(lambda: None, like=lambda: None)
    with snapshot, suppress(KeyboardInterrupt):
        entry()


def wrapped(table, snapshot):
    """Calls a function that runs inside a snapshot."""
    snapshot.wrap(is_lost)(table)


ONCE = [entered, entered_around_a_call, entered_around_a_call_that_is_interrupted]

WAYS = pytest.mark.parametrize("enter", [*ONCE, entered_twice, wrapped])


def test_taking(moments):
    """An interrupted taking holds nothing, and changes nothing."""

    def scenario():
        table, thing = SideTable(), Thing()
        alive = weakref.ref(thing)
        table.store(thing)
        yield (table.snapshot,)
        assert table.get(0) is thing
        del thing
        assert is_dead(alive)

    moments.each(scenario)


@WAYS
def test_dropping_the_snapshot_repairs_everything(moments, enter):
    """When the snapshot is gone, no object stays held, and what was bound before is back."""

    def scenario():
        table, *snapshots, stored = prepared()
        alive = weakref.ref(snapshots[0]._owned[0])
        yield (lambda: enter(table, snapshots[0]),)
        snapshots.clear()
        assert is_dead(alive)
        with table.frame():
            assert is_lost(table)
        assert table.get(0) is stored

    moments.each(scenario)


@WAYS
def test_frame_around_that_the_interrupt_passes_through(moments, enter):
    """The exit of the frame around puts back what was found, although the snapshot lives."""

    def scenario():
        table, snapshot, stored = prepared()

        def framed():
            with table.frame(Thing()):
                enter(table, snapshot)

        yield (framed,)
        table.frame().__enter__().__exit__(None, None, None)
        assert table.get(0) is stored
        assert snapshot is not None

    moments.each(scenario)


@WAYS
def test_next_store_finds_everything_right(moments, enter):
    """After an interrupt and a store, the stored objects are found, and the snapshot works."""

    def scenario():
        table, snapshot, _ = prepared()
        yield (lambda: enter(table, snapshot),)
        new, other = Thing(), Thing()
        table.store(new)
        assert table.get(0) is new
        with snapshot:
            assert table.get(0) is snapshot._owned[0]
        with table.frame(other):
            assert table.get(0) is other
        assert table.get(0) is new

    moments.each(scenario)


@pytest.mark.parametrize("enter", ONCE)
def test_only_the_very_exit_leaves_the_binding_in_place(moments, enter):
    """At any other moment, what was bound before is back at once."""
    left = []

    def scenario():
        table, snapshot, stored = prepared()
        yield (lambda: enter(table, snapshot),)
        if table.get(0) is not stored:
            left.append(1)
            snapshot.__exit__(None, None, None)
        assert table.get(0) is stored
        assert not snapshot._entries

    moments.each(scenario)
    assert len(left) == 1


def test_interrupted_entries_do_not_add_up(moments):
    """A snapshot that is entered again and again remembers no entry that is over."""
    snapshots = []

    def scenario():
        table, snapshot, _ = prepared()
        snapshots.append(snapshot)
        yield (lambda: snapshot.wrap(is_lost)(table),)
        gc.collect()
        assert not snapshot._entries

    moments.each(scenario)
    assert len(snapshots) > 5


def test_leaving_what_was_not_entered(moments):
    """Wherever an interrupt comes, nothing changes."""

    def scenario():
        table, snapshot, stored = prepared()

        def operation():
            with suppress(FrameError):
                snapshot.__exit__(None, None, None)

        yield (operation,)
        assert table.get(0) is stored

    moments.each(scenario)
