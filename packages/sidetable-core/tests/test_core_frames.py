"""Frames: a binding for one block, and what is bound again on every way out of it."""

from __future__ import annotations

import gc
import weakref
from contextlib import ExitStack
from contextvars import Context, copy_context

import pytest

from sidetable_core import Frame, SideTable
from sidetable_source import (
    LocalSource,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
)

from .looking import Thing, is_dead, is_lost

SOURCE = LocalSource("x")


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


def test_frame_binds_for_its_block(table):
    """The objects are found inside the block; where nothing was bound, nothing is again."""
    things = [Thing(), Thing()]
    with table.frame(*things) as frame:
        assert isinstance(frame, Frame)
        assert [table.get(0), table.get(1)] == things
    for index in (0, 1):
        with pytest.raises(NoBindingError):
            table.get(index)


def test_frame_restores_what_was_stored(table):
    """What was stored before is found again after the block."""
    stored = Thing()
    table.store(stored)
    with table.frame(Thing(), Thing()):
        assert table.get(0) is not stored
    assert table.get(0) is stored
    assert is_lost(table, 1)


def test_frame_restores_trace_time_references(table):
    """What registering bound is found again, and later registrations join it."""
    things = [Thing(), Thing()]
    table.register_user_object(things[0], SOURCE)
    with table.frame(Thing()):
        pass
    table.register_user_object(things[1], SOURCE)
    assert [table.get(0), table.get(1)] == things


def test_registration_elsewhere_during_a_frame_is_found_after_it(table):
    """The trace-time binding that a frame puts back is the live one."""
    things = [Thing(), Thing()]
    table.register_user_object(things[0], SOURCE)
    copied = copy_context()
    with table.frame(Thing()):
        copied.run(table.register_user_object, things[1], SOURCE)
        assert is_lost(table, 1)
    assert table.get(1) is things[1]


def test_frame_of_nothing_hides_everything(table):
    """Inside a frame without objects nothing is found."""
    thing = Thing()
    table.store(thing)
    with table.frame():
        assert is_lost(table)
    assert table.get(0) is thing


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_frame_restores_on_every_exception(table, error):
    """Whatever ends the block passes through, and the old binding is back."""
    stored = Thing()
    table.store(stored)
    with pytest.raises(error), table.frame(Thing()):
        raise error
    assert table.get(0) is stored


def test_store_in_a_frame_ends_with_it(table):
    """A store replaces the frame's binding, and the frame still puts back what it found."""
    outer, inner = Thing(), Thing()
    table.store(outer)
    with table.frame(Thing(), Thing()):
        table.store(inner)
        assert table.get(0) is inner
        assert is_lost(table, 1)
        table.store()
        assert is_lost(table)
    assert table.get(0) is outer


def test_nested_frames_each_find_their_own(table):
    """Each level finds its own objects after the inner one returned, to any depth."""
    things = [Thing() for _ in range(150)]

    def descend(depth):
        if depth == len(things):
            return
        with table.frame(things[depth]):
            descend(depth + 1)
            assert table.get(0) is things[depth]

    descend(0)
    assert is_lost(table)


def test_frames_of_two_tables_interleave(table):
    """Frames of different tables need no common order."""
    other, things = SideTable(), [Thing(), Thing()]
    first, second = table.frame(things[0]), other.frame(things[1])
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert other.get(0) is things[1]
    assert is_lost(table)
    second.__exit__(None, None, None)


def test_frame_enters_whatever_context_it_is_used_in(table):
    """A frame is of the context that enters it, not of the one that made it."""
    thing = Thing()
    frame = table.frame(thing)

    def elsewhere():
        with frame:
            assert table.get(0) is thing

    Context().run(elsewhere)
    assert is_lost(table)


def test_frame_outlives_its_table():
    """A frame keeps working when the table object itself is dropped."""
    table, thing = SideTable(), Thing()
    get, frame = table.get, table.frame(thing)
    del table
    with frame:
        assert get(0) is thing
    with pytest.raises(NoBindingError):
        get(0)


def test_frame_holds_its_objects_until_it_ends(table):
    """A temporary object lives exactly as long as the frame."""
    thing = Thing()
    alive = weakref.ref(thing)
    with table.frame(thing):
        del thing
        gc.collect()
        assert table.get(0) is alive()
    assert is_dead(alive)


def test_frame_holds_its_objects_before_it_is_entered(table):
    """A frame holds its objects from its creation until it is dropped."""
    frame = table.frame(Thing())
    alive = weakref.ref(frame._owned[0])
    assert not is_dead(alive)
    del frame
    assert is_dead(alive)


def test_ended_frame_holds_nothing(table):
    """A frame that somebody still refers to holds nothing after its end."""
    thing = Thing()
    alive = weakref.ref(thing)
    with table.frame(thing) as frame:
        del thing
    assert is_dead(alive)
    assert frame is not None


def test_copied_context_keeps_nothing_alive(table):
    """A context that was copied inside the block has references, not objects."""
    thing = Thing()
    alive = weakref.ref(thing)
    with table.frame(thing):
        copied = copy_context()
        assert copied.run(table.get, 0) is thing
        del thing
    assert is_dead(alive)
    with pytest.raises(ObjectNotAliveError):
        copied.run(table.get, 0)


def test_store_in_a_frame_lets_nothing_go_early(table):
    """The frame holds its objects until it ends, whatever is stored meanwhile."""
    thing = Thing()
    alive = weakref.ref(thing)
    with table.frame(thing):
        del thing
        table.store()
        assert not is_dead(alive)
    assert is_dead(alive)


@pytest.mark.parametrize("value", [1, None, "text"])
def test_frame_of_what_can_not_be_referenced_is_an_error(table, value):
    """The error names index and type, and nothing is bound."""
    thing = Thing()
    with pytest.raises(NotWeakReferenceableError) as caught:
        table.frame(thing, value)
    assert caught.value.index == 1
    assert caught.value.operation == "frame"
    assert type(caught.value.__cause__) is TypeError
    assert is_lost(table)


def test_entry_inside_a_frame_inside_an_entry(table):
    """Frames and entry functions nest in each other."""
    things = [Thing() for _ in range(4)]
    table.register_user_object(things[0], SOURCE)

    def inner_graph(x):
        assert table.get(0) is x
        with table.frame(things[3]):
            assert table.get(0) is things[3]
        assert table.get(0) is x

    inner = table.entry(inner_graph, like=lambda x: None)

    def outer_graph(x):
        with table.frame(things[2]):
            inner(things[1])
            assert table.get(0) is things[2]
        assert table.get(0) is x

    table.entry(outer_graph, like=lambda x: None)(things[0])
    assert table.get(0) is things[0]


def test_many_frames_in_an_exit_stack(table):
    """Frames end in order however they are kept."""
    things = [Thing() for _ in range(5)]
    with ExitStack() as stack:
        for thing in things:
            stack.enter_context(table.frame(thing))
            assert table.get(0) is thing
    assert is_lost(table)
