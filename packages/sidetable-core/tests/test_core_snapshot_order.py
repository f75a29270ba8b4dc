"""Leaving snapshots in the wrong order or the wrong context, and not at all."""

from __future__ import annotations

import gc
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import FrameError, LocalSource, ObjectNotAliveError

from .looking import Thing, is_lost

SOURCE = LocalSource("x")


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


def taken(table, *things):
    """A snapshot of these objects."""
    with table.frame(*things):
        return table.snapshot()


def refused_exit(snapshot):
    """Leaves a snapshot where that is an error."""
    with pytest.raises(FrameError):
        snapshot.__exit__(None, None, None)


def test_leaving_what_was_not_entered(table):
    """It is an error, and nothing changes: not where it is, nor where it is entered."""
    snapshot, thing, stored = taken(table, Thing()), Thing(), Thing()
    table.store(stored)
    refused_exit(snapshot)
    assert table.get(0) is stored
    with taken(table, thing) as other:
        for context in (Context(), copy_context()):
            context.run(refused_exit, other)
            context.run(table.store, stored)
            context.run(refused_exit, other)
        assert table.get(0) is thing
    refused_exit(other)
    assert table.get(0) is stored


def test_entry_of_a_copied_context_is_its_own(table):
    """What a copied context enters it leaves, whatever was entered where it was copied."""
    thing, snapshot = Thing(), taken(table, Thing())

    def again():
        table.set(0, thing)
        with snapshot:
            assert table.get(0) is not thing
        assert table.get(0) is thing
        refused_exit(snapshot)

    with snapshot:
        copy_context().run(again)
        assert table.get(0) is not thing
    assert is_lost(table)


@pytest.mark.parametrize("inside", ["frame", "snapshot"])
def test_leaving_out_of_order(table, inside):
    """The entry ends with an error, what is inside stays, and its exit puts back what was."""
    stored, thing, snapshot = Thing(), Thing(), taken(table, Thing())
    table.store(stored)
    inner = table.frame(thing) if inside == "frame" else taken(table, thing)
    snapshot.__enter__()
    inner.__enter__()
    with pytest.raises(FrameError, match="order"):
        snapshot.__exit__(None, None, None)
    refused_exit(snapshot)
    assert table.get(0) is thing
    inner.__exit__(None, None, None)
    assert table.get(0) is stored


def test_leaving_inside_an_entry_call(table):
    """The call stands inside the entry, so it ends with an error, and order comes back."""
    stored, thing, snapshot = Thing(), Thing(), taken(table, Thing())
    table.store(stored)
    snapshot.__enter__()

    def graph():
        with pytest.raises(FrameError, match="order"):
            snapshot.__exit__(None, None, None)
        table.store(thing)
        assert table.get(0) is thing

    table.entry(graph, like=lambda: None)()
    assert table.get(0) is stored
    refused_exit(snapshot)


def test_leaving_inside_an_entry_call_ends_the_innermost_entry(table):
    """Of two entries of one snapshot, the inner one ends, and the outer one is as it was."""
    snapshot, value = taken(table, Thing()), Thing()
    with snapshot:
        table.set(0, value)
        snapshot.__enter__()
        table.entry(lambda: refused_exit(snapshot), like=lambda: None)()
        assert table.get(0) is value
    assert is_lost(table)


def test_entry_that_an_interrupt_has_unwound_is_passed_over(table):
    """The entry that is left is the one that is in place, not one that nobody leaves any more."""
    stored, snapshot, frame = Thing(), taken(table, Thing()), table.frame(Thing())
    table.store(stored)
    with snapshot:
        frame.__enter__()
        snapshot.__enter__()
        frame.__exit__(KeyboardInterrupt, None, None)
        table.frame(Thing()).__enter__()
    assert table.get(0) is stored


def test_leaving_the_frame_around_first(table):
    """The frame ends with an error; the snapshot's exit then puts back what was before both."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    snapshot, frame = taken(table, thing), table.frame(Thing())
    frame.__enter__()
    snapshot.__enter__()
    with pytest.raises(FrameError, match="order"):
        frame.__exit__(None, None, None)
    assert table.get(0) is thing
    snapshot.__exit__(None, None, None)
    assert table.get(0) is stored


@pytest.mark.parametrize("then", ["frame", "store", "snapshot"])
def test_dropped_without_being_left(table, then):
    """What a dropped snapshot bound is dead, and taken off by whoever comes next."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    snapshot = taken(table, Thing(), Thing())
    snapshot.__enter__()
    del snapshot
    gc.collect()
    with pytest.raises(ObjectNotAliveError):
        table.get(0)
    if then == "store":
        table.store(thing)
        assert table.get(0) is thing
    else:
        with table.frame(thing) if then == "frame" else table.snapshot():
            assert is_lost(table, 1)
        assert table.get(0) is stored
