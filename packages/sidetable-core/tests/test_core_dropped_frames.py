"""Frames that are dropped without being left, and that they cannot be copied."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    FrameError,
    LocalSource,
    NoBindingError,
    ObjectNotAliveError,
)

from .looking import Thing, is_dead, is_lost

SOURCE = LocalSource("x")


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


def test_frame_dropped_without_being_left(table):
    """What a dropped frame bound is dead, and the enclosing frame's exit repairs it."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    with table.frame(thing):
        frame = table.frame(Thing())
        frame.__enter__()
        del frame
        with pytest.raises(ObjectNotAliveError):
            table.get(0)
    assert table.get(0) is stored


@pytest.mark.parametrize("then", ["store", "register", "set", "reset", "frame"])
def test_using_the_table_inside_a_frame_after_a_dropped_one(table, then):
    """What is done next is done in the frame around, and goes with it."""
    stored, thing, other = Thing(), Thing(), Thing()
    table.store(stored)
    with table.frame(thing):
        table.frame(Thing(), Thing()).__enter__()
        if then == "store":
            table.store(other)
            assert table.get(0) is other
        elif then == "register":
            with pytest.raises(FrameError):
                table.register_user_object(other, SOURCE)
            assert table.get(0) is thing
        elif then == "set":
            table.set(0, other)
            assert table.get(0) is other
            assert is_lost(table, 1)
        elif then == "reset":
            table.reset()
            assert table.get(0) is thing
        else:
            with table.frame(other):
                assert table.get(0) is other
            assert table.get(0) is thing
    assert table.get(0) is stored


@pytest.mark.parametrize("then", ["register", "set", "reset"])
def test_using_the_table_after_a_dropped_frame(table, then):
    """What is done next is done to what was bound before the frame."""
    stored, other = Thing(), Thing()
    table.store(stored)
    table.frame(Thing(), Thing()).__enter__()
    if then == "register":
        table.register_user_object(stored, SOURCE)
        assert table.register_user_object(other, SOURCE) == 1
        assert (table.get(0), table.get(1)) == (stored, other)
    elif then == "set":
        table.set(0, other)
        assert table.get(0) is other
        assert is_lost(table, 1)
    else:
        table.reset()
        with pytest.raises(NoBindingError):
            table.get(0)


def test_dropped_frames_set_values_go_with_it(table):
    """Dropping a frame releases what `set` put into its binding."""
    frame = table.frame(Thing())
    frame.__enter__()
    thing = Thing()
    alive = weakref.ref(thing)
    table.set(0, thing)
    del thing
    assert not is_dead(alive)
    del frame
    assert is_dead(alive)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_frame_can_not_be_copied(table, duplicate):
    """A frame says that it cannot be copied, and is left as it was."""
    thing = Thing()
    with table.frame(thing) as frame:
        with pytest.raises(TypeError, match="Frame"):
            duplicate(frame)
        gc.collect()
        assert table.get(0) is thing
    assert is_lost(table)
