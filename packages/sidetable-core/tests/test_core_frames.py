"""Frames: a binding for one block, and what is bound again on every way out of it."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from contextlib import ExitStack
from contextvars import Context, copy_context

import pytest

from sidetable_core import Frame, SideTable
from sidetable_source import (
    FrameError,
    LocalSource,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
)

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


def is_dead(reference):
    """Whether the object is gone after a collection."""
    gc.collect()
    return reference() is None


def is_lost(table, index=0):
    """Whether an index finds nothing."""
    try:
        table.get(index)
    except (LookupError, ReferenceError):
        return True
    return False


# --- what is found --------------------------------------------------------------------------


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


# --- what is held ---------------------------------------------------------------------------


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
    """What a frame is made of is held from then on, and let go when it is dropped."""
    frame = table.frame(Thing())
    alive = weakref.ref(frame._held[0])
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


# --- leaving in the wrong place -------------------------------------------------------------


def test_entering_twice_is_an_error(table):
    """A frame is one call's binding; the frame goes on as it was."""
    thing = Thing()
    frame = table.frame(thing)
    with frame:
        with pytest.raises(FrameError, match="streams"):
            frame.__enter__()
        assert table.get(0) is thing
    with pytest.raises(FrameError):
        frame.__enter__()
    assert is_lost(table)


def test_leaving_twice_is_an_error(table):
    """The second time, no binding changes."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    with table.frame(thing) as frame:
        pass
    with pytest.raises(FrameError):
        frame.__exit__(None, None, None)
    assert table.get(0) is stored
    with table.frame(thing):
        with pytest.raises(FrameError):
            frame.__exit__(None, None, None)
        assert table.get(0) is thing
    assert table.get(0) is stored


def test_leaving_without_entering_is_an_error(table):
    """A frame that was never entered can not be left, and lets its objects go."""
    thing = Thing()
    alive = weakref.ref(thing)
    frame = table.frame(thing)
    del thing
    with pytest.raises(FrameError):
        frame.__exit__(None, None, None)
    assert is_dead(alive)


def test_leaving_out_of_order(table):
    """The frame ends, no other frame's binding changes, and the rest in order repairs it."""
    stored = Thing()
    table.store(stored)
    alive, frames = [], []
    for _ in range(3):
        thing = Thing()
        alive.append(weakref.ref(thing))
        frames.append(table.frame(thing).__enter__())
        del thing
    with pytest.raises(FrameError, match="order"):
        frames[0].__exit__(None, None, None)
    assert is_dead(alive[0])
    assert table.get(0) is alive[2]()
    with pytest.raises(FrameError, match="order"):
        frames[1].__exit__(None, None, None)
    assert table.get(0) is alive[2]()
    frames[2].__exit__(None, None, None)
    assert is_dead(alive[1])
    assert is_dead(alive[2])
    assert table.get(0) is stored


def test_leaving_the_middle_one_of_three(table):
    """The inner frame's exit goes back to the outer frame."""
    outer, stored = Thing(), Thing()
    table.store(stored)
    frames = [table.frame(thing).__enter__() for thing in (outer, Thing(), Thing())]
    with pytest.raises(FrameError):
        frames[1].__exit__(None, None, None)
    frames[2].__exit__(None, None, None)
    assert table.get(0) is outer
    frames[0].__exit__(None, None, None)
    assert table.get(0) is stored


def test_entering_repairs_what_ended_out_of_order(table):
    """A new frame starts from the innermost one that is still open."""
    outer, inner = Thing(), Thing()
    with table.frame(outer):
        frame = table.frame(inner).__enter__()
        Context().run(suppressed_exit, frame)
        with table.frame(inner):
            assert table.get(0) is inner
        assert table.get(0) is outer


def suppressed_exit(frame):
    """Leaves a frame where that is an error."""
    with pytest.raises(FrameError):
        frame.__exit__(None, None, None)


def test_leaving_in_another_context_is_an_error(table):
    """The frame ends, its objects are let go, and the other context is as it was."""
    thing, there = Thing(), Thing()
    alive = weakref.ref(thing)
    with table.frame(Thing()):
        frame = table.frame(thing).__enter__()
        del thing
        other = Context()
        other.run(table.store, there)
        other.run(suppressed_exit, frame)
        assert other.run(table.get, 0) is there
        assert is_dead(alive)
        with pytest.raises(ObjectNotAliveError):
            table.get(0)
    assert is_lost(table)


def test_leaving_in_a_copied_context_is_an_error(table):
    """A copy of the context is another context."""
    outer = Thing()
    with table.frame(outer):
        frame = table.frame(Thing()).__enter__()
        copy_context().run(suppressed_exit, frame)
        suppressed_exit(frame)
    assert is_lost(table)


def test_leaving_in_another_thread_is_an_error(table):
    """Another thread has another context."""
    frame = table.frame(Thing()).__enter__()
    thread = threading.Thread(target=suppressed_exit, args=[frame])
    thread.start()
    thread.join()
    thing = Thing()
    table.store(thing)
    assert table.get(0) is thing


def test_frame_left_in_a_copied_context_after_its_end(table):
    """The rest of a copied context goes on although the frame has ended elsewhere."""
    thing = Thing()
    with table.frame(Thing()):
        copied = copy_context()

    def go_on():
        with table.frame(thing):
            assert table.get(0) is thing
        assert is_lost(table)
        table.store(thing)
        with table.frame(Thing()):
            pass
        assert table.get(0) is thing

    copied.run(go_on)


@pytest.mark.parametrize("end", ["close", "throw"])
def test_generator_that_ends_inside_another_frame(table, end):
    """The generator's frame ends with an error, and the open frame's binding stays."""
    stored, thing = Thing(), Thing()
    table.store(stored)

    def generator():
        with table.frame(Thing()):
            yield

    running = generator()
    next(running)
    with table.frame(thing):
        with pytest.raises(FrameError, match="order"):
            running.close() if end == "close" else running.throw(ValueError)
        assert table.get(0) is thing
    assert table.get(0) is stored


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


def test_dropped_frames_set_values_go_with_it(table):
    """What `set` put into a dropped frame's binding is let go."""
    frame = table.frame(Thing())
    frame.__enter__()
    thing = Thing()
    alive = weakref.ref(thing)
    table.set(0, thing)
    del thing
    assert not is_dead(alive)
    del frame
    assert is_dead(alive)


def test_leaving_a_frame_inside_an_entry_call(table):
    """An entry call stands inside the frame, so the frame ends with an error; order is kept."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    frame = table.frame(Thing())
    frame.__enter__()

    def graph():
        suppressed_exit(frame)
        table.store(thing)
        assert table.get(0) is thing

    table.entry(graph, like=lambda: None)()
    assert table.get(0) is stored


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


def test_interrupt_inside_the_exit_of_an_inner_frame(table):
    """An interrupt that unwinds an outer frame leaves no inner one's binding behind."""
    stored = Thing()
    table.store(stored)
    outer, inner = table.frame(Thing()), table.frame(Thing())
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(KeyboardInterrupt, None, None)
    assert table.get(0) is stored


# --- copies ---------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_frame_can_not_be_copied(table, duplicate):
    """A frame says that it can not be copied, and is left as it was."""
    thing = Thing()
    with table.frame(thing) as frame:
        with pytest.raises(TypeError, match="Frame"):
            duplicate(frame)
        gc.collect()
        assert table.get(0) is thing
    assert is_lost(table)
