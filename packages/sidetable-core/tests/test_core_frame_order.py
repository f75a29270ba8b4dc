"""Frames that are entered or left in the wrong place."""

from __future__ import annotations

import threading
import weakref
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    FrameError,
    ObjectNotAliveError,
)

from .looking import Thing, is_dead, is_lost


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


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
    """A frame that was never entered cannot be left, and lets its objects go."""
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
    """The frame ends and releases its objects, and the other context is as it was."""
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


def test_interrupt_inside_the_exit_of_an_inner_frame(table):
    """An interrupt that unwinds an outer frame leaves no inner one's binding behind."""
    stored = Thing()
    table.store(stored)
    outer, inner = table.frame(Thing()), table.frame(Thing())
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(KeyboardInterrupt, None, None)
    assert table.get(0) is stored
