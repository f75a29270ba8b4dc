"""Handles while something else happens: the frame ends, changes, or is interrupted."""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import ExitStack, suppress
from contextvars import Context

import pytest

from sidetable_core import SideTable, resolve
from sidetable_core.frames.handles import HANDLES
from sidetable_source import (
    FrameError,
    LocalSource,
    SideTableError,
    StaleHandleError,
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


def look(find, *arguments):
    """What a lookup finds, None where that is nothing."""
    try:
        return find(*arguments)
    except LookupError:
        return None


def test_resolving_while_frames_end(table):
    """A lookup gives the frame's own object, or says that the frame has ended."""
    handles, wrong, stop = [], [], threading.Event()

    def look():
        while not stop.is_set():
            for handle, name in handles[-3:]:
                try:
                    found = resolve(handle, 0).name
                except StaleHandleError:
                    continue
                except SideTableError as error:
                    wrong.append(error)
                else:
                    wrong.extend([found] if found != name else [])

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(2000):
        thing = Thing()
        thing.name = number
        with table.frame(thing) as frame:
            handles.append((frame.handle, number))
            del thing
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_frame_that_ends_in_the_middle_of_a_lookup(moments, table):
    """The handle is stale then, although it was not when the lookup began."""

    def scenario():
        frame, outcome = table.frame(Thing()).__enter__(), []
        handle, thing = frame.handle, table.get(0)
        gone = weakref.ref(thing)
        del thing

        def operation():
            try:
                outcome.append(resolve(handle, 0) is not None)
            except StaleHandleError:
                outcome.append("stale")

        came = yield operation, lambda: frame.__exit__(None, None, None)
        assert outcome in ([True], ["stale"])
        if not came:
            frame.__exit__(None, None, None)
        outcome.clear()
        assert is_dead(gone)

    moments.each(scenario)


class Asking(Thing):
    """Looks itself up when it dies."""

    def __init__(self, outcome):
        self.outcome, self.handle = outcome, None

    def __del__(self):
        try:
            resolve(self.handle, 0)
        except SideTableError as error:
            self.outcome.append(type(error))


@pytest.mark.parametrize("end", [leave, leave_elsewhere, id], ids=["left", "elsewhere", "dropped"])
@pytest.mark.parametrize("put_in", ["framed", "set"])
def test_finalizer_of_what_a_frame_lets_go(table, end, put_in):
    """It is told that the frame has ended, not that an object has died."""
    outcome = []
    thing = Asking(outcome)
    frame = table.frame(thing if put_in == "framed" else Thing()).__enter__()
    if put_in == "set":
        table.set(0, thing)
    thing.handle = frame.handle
    del thing
    end(frame)
    del frame
    assert outcome == [StaleHandleError]


@pytest.mark.parametrize("other", ["set", "store", "register"])
@pytest.mark.parametrize("change", ["set", "store", "register"])
def test_change_in_the_middle_of_another(moments, change, other):
    """Whatever comes in the middle, the handle finds what a lookup finds."""

    def scenario():
        table, things = SideTable(), [Thing() for _ in range(4)]
        for thing in things[:3]:
            Context().run(table.register_user_object, thing, SOURCE)

        def act(what, thing):
            if what == "set":
                table.set(1, thing)
            elif what == "store":
                table.store(thing, thing, thing)
            else:
                with suppress(FrameError):
                    table.register_user_object(thing, SOURCE)

        with table.frame(things[0]) as frame:
            yield lambda: act(change, things[2]), lambda: act(other, things[3])
            for index in range(5):
                assert look(table.get, index) is look(resolve, frame.handle, index)

    moments.each(scenario)


def test_change_that_fails_for_another_in_its_middle(moments):
    """A `set` whose index a store takes away is an error, and the handle finds nothing there."""

    def scenario():
        table, things, errors = SideTable(), [Thing() for _ in range(3)], []

        def operation():
            try:
                table.set(1, things[2])
            except LookupError as error:
                errors.append(error)

        with table.frame(*things[:2]) as frame:
            came = yield operation, lambda: table.store(things[0])
            assert look(resolve, frame.handle, 0) is things[0]
            assert look(resolve, frame.handle, 1) is look(table.get, 1)
            assert look(table.get, 1) is (None if came else things[2])

    moments.each(scenario)


def test_interrupted_handle_leaves_nothing(moments, table):
    """Wherever asking or resolving was interrupted, the frame works and nothing is left."""
    before = living()

    def scenario():
        thing, frames = Thing(), [table.frame(Thing())]
        with ExitStack() as stack:
            stack.enter_context(frames[0])
            table.set(0, thing)
            yield (lambda: resolve(frames[0].handle, 0),)
            assert resolve(frames[0].handle, 0) is thing
        stack = frames[0] = None
        assert living() == before

    moments.each(scenario)


@pytest.mark.parametrize("change", ["set", "store", "register"])
def test_interrupted_change_is_found_in_both_ways_or_in_none(moments, change):
    """Wherever an interrupt comes, a lookup and the handle find the same object."""

    def scenario():
        table, things = SideTable(), [Thing(), Thing()]
        with table.frame(things[0]) as frame:
            if change == "register":
                Context().run(table.register_user_object, things[0], SOURCE)
            changes = {
                "set": lambda: table.set(0, things[1]),
                "store": lambda: table.store(things[1]),
                "register": lambda: table.register_user_object(things[1], SOURCE),
            }
            yield (changes[change],)
            index = 1 if change == "register" else 0
            assert look(table.get, index) is look(resolve, frame.handle, index)

    moments.each(scenario)
