"""Handles: numbers that name open frames, in any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable, resolve
from sidetable_source import (
    FrameError,
    IndexNotRegisteredError,
    LocalSource,
    NoBindingError,
    ObjectNotAliveError,
    StaleHandleError,
    UnknownHandleError,
    WrongTableError,
)

from .looking import Thing

SOURCE = LocalSource("x")


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition with nothing in it."""
    return SideTable("streams", edition=request.param)


@pytest.fixture
def elsewhere():
    """Runs something in a thread with a context of its own, which binds nothing."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


class Number:
    """Is no int, but can be used as one."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


@pytest.mark.parametrize("whose", ["table", "module"])
def test_handle_resolves_anywhere(table, elsewhere, whose):
    """From a thread with no context, the frame's very objects are found."""
    find = table.resolve if whose == "table" else resolve
    things = [Thing(), Thing()]
    with table.frame(*things) as frame:
        for context in (Context().run, copy_context().run, elsewhere):
            assert [context(find, frame.handle, index) for index in (0, 1)] == things
        assert find(Number(frame.handle), Number(1)) is things[1]
        with pytest.raises(NoBindingError):
            elsewhere(table.get, 0)


def test_handle_is_a_small_plain_int(table):
    """It fits into 63 bits, and is the same each time it is asked for."""
    with table.frame(Thing()) as frame:
        assert type(frame.handle) is int
        assert 0 < frame.handle < 2**63
        assert frame.handle == frame.handle


def test_no_handle_is_given_out_twice(table):
    """Frames that are open, or were, have different handles."""
    handles = set()
    for _ in range(500):
        with table.frame() as outer, table.frame() as inner:
            handles |= {outer.handle, inner.handle}
    assert len(handles) == 1000


def test_each_handle_names_its_own_frame(table):
    """Nested frames are told apart, whichever is the innermost."""
    things = [Thing() for _ in range(20)]
    frames = [table.frame(thing).__enter__() for thing in things]
    handles = [frame.handle for frame in frames]
    assert [resolve(handle, 0) for handle in handles] == things
    for frame in reversed(frames):
        frame.__exit__(None, None, None)


def test_handle_finds_what_is_put_into_the_frame(table, elsewhere):
    """What the frame's own context sets, stores or registers is found through the handle."""
    thing, other = Thing(), Thing()
    with table.frame(thing) as frame:
        table.set(0, other)
        assert elsewhere(resolve, frame.handle, 0) is other
        table.store(thing, other)
        assert [elsewhere(resolve, frame.handle, index) for index in (0, 1)] == [thing, other]
        table.store()
        with pytest.raises(IndexNotRegisteredError):
            elsewhere(resolve, frame.handle, 0)
        assert table.register_user_object(other, SOURCE) == 0
        assert elsewhere(resolve, frame.handle, 0) is other
        table.register_graph_created_object(thing, print)
        assert elsewhere(resolve, frame.handle, 1) is thing


def test_handle_finds_what_was_put_in_before_it_was_asked_for(table):
    """The frame is what a handle names, not the moment of asking."""
    other = Thing()
    with table.frame(Thing()) as frame:
        table.set(0, other)
        with table.frame(Thing()):
            handle = frame.handle
            assert resolve(handle, 0) is other
            table.store(Thing())
            assert resolve(handle, 0) is other


def test_copied_context_changes_nothing_for_the_handle(table):
    """What a child task binds is the child's, also when it was the frame's binding before."""
    thing, other = Thing(), Thing()

    def child():
        table.set(0, other)
        assert table.get(0) is other
        table.store(other, other)
        assert table.register_user_object(other, SOURCE) == 0

    with table.frame(thing) as frame:
        copy_context().run(table.store)
        copy_context().run(table.set, 0, other)
        copy_context().run(lambda: table.store(other, other))
        with pytest.raises(FrameError):
            copy_context().run(child)
        assert resolve(frame.handle, 0) is table.get(0) is thing
        with pytest.raises(IndexNotRegisteredError):
            resolve(frame.handle, 1)


def test_inner_entry_call_changes_nothing_for_the_handle(table):
    """What an entry function binds and stores is its own."""
    thing, other = Thing(), Thing()
    table.register_user_object(thing, SOURCE)
    with table.frame(thing) as frame:

        def graph(x):
            table.set(0, other)
            assert resolve(frame.handle, 0) is thing

        table.entry(graph, like=lambda x: None)(other)
        assert resolve(frame.handle, 0) is thing


@pytest.mark.parametrize("value", [None, 0, [1]])
def test_handle_finds_what_can_not_be_weakly_referenced(table, value):
    """Objects that frames hold are found too, be they None or false."""
    table.register_user_object(value, SOURCE, hold="frame")
    with table.frame(value) as frame:
        assert resolve(frame.handle, 0) is value


def test_errors_of_a_lookup_through_a_handle(table):
    """An index that the frame does not bind, or whose object died, is the lookup's error."""
    for _ in range(2):
        Context().run(table.register_user_object, table, SOURCE)
    with table.frame(Thing()) as frame:
        for index in (-1, 2):
            with pytest.raises(IndexNotRegisteredError):
                resolve(frame.handle, index)
        with pytest.raises(NoBindingError, match="frame's binding has only 1"):
            resolve(frame.handle, 1)
        table.store(Thing())
        with pytest.raises(ObjectNotAliveError):
            resolve(frame.handle, 0)
        for handle, index in [(frame.handle, "0"), (str(frame.handle), 0), (1.0, 0), (None, 0)]:
            with pytest.raises(TypeError):
                resolve(handle, index)
            with pytest.raises(TypeError):
                table.resolve(handle, index)


def test_handle_of_a_frame_that_ended_is_stale(table):
    """Whoever still has it is told, also while the object and the frame are alive."""
    thing = Thing()
    with table.frame(thing) as frame:
        handle = frame.handle
    for find in (resolve, table.resolve, SideTable().resolve):
        with pytest.raises(StaleHandleError) as caught:
            find(handle, 0)
        assert (caught.value.handle, caught.value.table) == (handle, "streams")
    del frame
    for find in (resolve, table.resolve):
        with pytest.raises(StaleHandleError):
            find(handle, 0)


def test_handle_of_a_dropped_frame_is_stale(table):
    """A frame that was never left ends when it is dropped."""
    frame = table.frame(Thing())
    frame.__enter__()
    handle = frame.handle
    del frame
    with pytest.raises(StaleHandleError):
        resolve(handle, 0)


def test_handle_of_a_frame_that_was_left_out_of_order_is_stale(table):
    """The error ends the frame, and its handle with it."""
    outer, inner = table.frame(Thing()), table.frame(Thing())
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(FrameError):
        outer.__exit__(None, None, None)
    with pytest.raises(FrameError):
        assert outer.handle
    assert resolve(inner.handle, 0) is table.get(0)
    inner.__exit__(None, None, None)


def test_number_that_is_no_handle(table):
    """Other numbers, and handles that were changed on the way, are unknown."""
    with table.frame(Thing()) as frame:
        handle = frame.handle
        numbers = [0, 1, -1, 2**31, 2**63, 2**200, -handle, handle + 2**21, handle % 2**21]
        for number in [*numbers, int(float(handle)) ^ 1, *(handle ^ 1 << bit for bit in range(20))]:
            with pytest.raises(UnknownHandleError) as caught:
                resolve(number, 0)
            assert caught.value.handle == number


def test_handle_of_another_table(table):
    """It is an error that names both tables; the function finds the table of any handle."""
    other, thing = SideTable("locks"), Thing()
    with other.frame(thing) as frame:
        with pytest.raises(WrongTableError) as caught:
            table.resolve(frame.handle, 0)
        assert (caught.value.table, caught.value.owner) == ("streams", "locks")
        assert resolve(frame.handle, 0) is other.resolve(frame.handle, 0) is thing


def test_frame_that_is_not_open_has_no_handle(table):
    """Asking too early or too late is an error that says so."""
    frame = table.frame(Thing())
    with pytest.raises(FrameError, match="handle"):
        assert frame.handle
    with frame:
        pass
    with pytest.raises(FrameError, match="handle"):
        assert frame.handle
