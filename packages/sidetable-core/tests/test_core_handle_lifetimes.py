"""Handles: what they keep (nothing), how many there can be, threads and forks."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable, resolve
from sidetable_core._handles import HANDLES, Handles, _handle
from sidetable_source import (
    FrameError,
    LocalSource,
    StaleHandleError,
    UnknownHandleError,
)

from .looking import Thing, is_dead

SOURCE = LocalSource("x")


@pytest.fixture
def table():
    """A table with nothing in it."""
    return SideTable("streams")


def living():
    """How many handles are remembered."""
    gc.collect()
    return len(HANDLES._living)


def leave(frame):
    """Leaves a frame in order."""
    frame.__exit__(None, None, None)


def leave_elsewhere(frame):
    """Leaves a frame in another context."""
    with pytest.raises(FrameError):
        Context().run(leave, frame)


@pytest.mark.parametrize("end", [leave, leave_elsewhere, id], ids=["left", "elsewhere", "dropped"])
def test_nothing_is_remembered_of_frames_that_ended(table, end):
    """Memory does not grow with the number of handles that were given out."""
    before = living()
    for _ in range(200):
        frame = table.frame(Thing()).__enter__()
        assert frame.handle
        end(frame)
        del frame
    assert living() == before


def test_frames_made_here_and_dropped_elsewhere(table):
    """The same where another thread drops the frame."""
    before, frames = living(), []
    with ThreadPoolExecutor(1) as pool:
        for _ in range(100):
            frames.append(table.frame(Thing()).__enter__())
            handle = frames[0].handle
            pool.submit(frames.clear).result()
            with pytest.raises(StaleHandleError):
                resolve(handle, 0)
    assert living() == before


def test_handle_keeps_nothing_alive(table):
    """Neither the frame, nor its objects, nor what was set, nor the table."""
    frame, thing, value = table.frame(Thing()), Thing(), Thing()
    alive = [weakref.ref(one) for one in (frame, thing, value, table)]

    def work(frame, thing, value):
        table.frame(thing).__enter__()
        frame.__enter__()
        table.set(0, value)
        assert resolve(frame.handle, 0) is value
        frame.__exit__(None, None, None)

    Context().run(work, frame, thing, value)
    del frame, thing, value
    assert all(is_dead(reference) for reference in alive[:3])


def test_open_frame_keeps_no_dropped_table_in_a_context():
    """A context that was copied in a frame with a handle refers to no table."""
    table = SideTable()
    alive = weakref.ref(table._state.registrations)
    with table.frame(Thing()) as frame:
        assert frame.handle
        copied = copy_context()
    del table, frame
    gc.collect()
    assert alive() is None
    assert copied is not None


def test_value_that_was_replaced_is_let_go(table):
    """Through the handle only what the frame binds now is found, and only that is held."""
    with table.frame(Thing()) as frame:
        assert frame.handle
        values = [Thing(), Thing()]
        alive = [weakref.ref(value) for value in values]
        for value in values:
            table.set(0, value)
        del values, value
        assert is_dead(alive[0])
        assert resolve(frame.handle, 0) is alive[1]()
        table.store()
        assert is_dead(alive[1])


def test_every_thread_gets_the_same_handle(table):
    """Threads that ask one frame at once are told one number."""
    for _ in range(20):
        with table.frame(Thing()) as frame:
            barrier = threading.Barrier(4)

            def ask(_, frame=frame, barrier=barrier):
                barrier.wait()
                return frame.handle

            with ThreadPoolExecutor(4) as pool:
                assert len(set(pool.map(ask, range(4)))) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_forked_child_resolves_its_parents_handles(table):
    """Handles of open frames work in a child, ended ones are stale, and later ones are its own."""
    thing = Thing()
    with table.frame(thing) as frame:
        handle = frame.handle
        with table.frame() as ended:
            stale = ended.handle
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            with table.frame() as own:
                outcome = [resolve(handle, 0) is thing, _stale(stale), own.handle]
            os.write(writing, repr(outcome).encode())
            os._exit(0)
        os.waitpid(child, 0)
        with table.frame() as own:
            found, was_stale, theirs = eval(os.read(reading, 1000))
            assert (found, was_stale) == (True, True)
            assert own.handle != theirs
            with pytest.raises(UnknownHandleError):
                resolve(theirs, 0)
        os.close(reading)
        os.close(writing)


def _stale(handle):
    try:
        resolve(handle, 0)
    except StaleHandleError:
        return True
    return False


def test_handles_do_not_wrap_around(table):
    """When all are given out, the next one is an error."""
    handles = Handles(2**42 - 1)
    last = handles.name(table._state, None)
    assert last.handle < 2**63
    for serial in (0, -1, 2**42):
        with pytest.raises(UnknownHandleError):
            handles.find(_handle(serial, handles._secrets[os.getpid()]), 0, None)
    with pytest.raises(FrameError, match="handle"):
        handles.name(table._state, None)
