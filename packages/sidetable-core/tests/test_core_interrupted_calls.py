"""KeyboardInterrupt at every moment of a frame or an entry call."""

from __future__ import annotations

import gc
import weakref
from contextvars import copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def look(table, *indices):
    """What these indices find; the name of the error where they find nothing."""
    found = []
    for index in indices:
        try:
            found.append(table.get(index))
        except (LookupError, ReferenceError) as error:
            found.append(type(error).__name__)
    return found


def is_dead(reference):
    """Whether the object is gone after a collection."""
    gc.collect()
    return reference() is None


def framed(table, thing, moments):
    """Enters a frame and leaves it."""

    def operation():
        with table.frame(thing()):
            pass

    return operation


def framed_by_name(table, thing, moments):
    """Enters a frame that a variable refers to, and leaves it."""

    def operation():
        with table.frame(thing()) as frame:
            assert frame is not None

    return operation


def called(table, thing, moments):
    """Calls an entry function."""
    entry = table.entry(lambda x: table.get(0), like=lambda x: None)
    return lambda: entry(thing())


def called_with_a_copy(table, thing, moments):
    """Calls an entry function whose graph sets a value and copies its context."""
    copies = []

    def graph(x):
        table.set(0, thing())
        copies.append(copy_context())

    entry = table.entry(graph, like=lambda x: None)
    entry.copies = copies
    return lambda: entry(thing())


def awaited(table, thing, moments):
    """Runs a coroutine of an entry function, which waits for nothing."""

    async def like(x): ...

    async def graph(x):
        return table.get(0)

    entry = table.entry(graph, like=like)

    def operation():
        coroutine = entry(thing())
        try:
            coroutine.send(None)
        except StopIteration:
            pass
        finally:
            coroutine.close()

    return operation


CALLS = pytest.mark.parametrize(
    "call",
    [
        framed,
        framed_by_name,
        called,
        called_with_a_copy,
        pytest.param(
            awaited,
            # An interrupt can come between making the graph's coroutine and awaiting it.
            marks=pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
        ),
    ],
)


HOLDS = pytest.mark.parametrize("hold", ["weak", "frame"])


def prepared(call, moments, hold):
    """A table, an operation on it, and references to the objects that the operation makes."""
    table, things = SideTable(), []
    table.register_user_object(Thing(), SOURCE, hold=hold)

    def thing():
        thing = Thing()
        things.append(weakref.ref(thing))
        return thing

    return table, call(table, thing, moments), things


@CALLS
@HOLDS
def test_no_object_stays_held(moments, call, hold):
    """Wherever a frame or call was interrupted, its objects are let go."""

    def scenario():
        table, operation, things = prepared(call, moments, hold)
        yield (operation,)
        assert all(is_dead(thing) for thing in things)
        assert table is not None

    moments.each(scenario)


@CALLS
@HOLDS
def test_enclosing_frame_finds_everything_right(moments, call, hold):
    """The exit of the frame around puts back what was found, without an error."""

    def scenario():
        table, operation, _ = prepared(call, moments, hold)
        stored = Thing()
        table.store(stored)
        with table.frame(Thing()):
            yield (operation,)
        assert table.get(0) is stored

    moments.each(scenario)


@CALLS
def test_interrupt_that_passes_through_the_enclosing_frame(moments, call):
    """The same when nobody inside the enclosing frame handles the interrupt."""

    def scenario():
        table, operation, _ = prepared(call, moments, "weak")
        stored = Thing()
        table.store(stored)

        def framed():
            with table.frame(Thing()):
                operation()

        yield (framed,)
        table.frame().__enter__().__exit__(None, None, None)
        assert type(table.get(0)) is Thing

    moments.each(scenario)


@CALLS
@pytest.mark.parametrize("then", ["frame", "call", "reset", "register", "set"])
def test_next_store_finds_everything_right(moments, call, then):
    """After an interrupt and a store, the table behaves as if nothing had happened."""

    def scenario():
        table, operation, _ = prepared(call, moments, "weak")
        table.store(Thing())
        yield (operation,)
        new, other = Thing(), Thing()
        table.store(new)
        assert table.get(0) is new
        if then == "frame":
            with table.frame(other):
                assert table.get(0) is other
        elif then == "call":
            table.entry(lambda x: table.get(0), like=lambda x: None)(other)
        elif then == "reset":
            table.reset()
            assert look(table, 0) == ["NoBindingError"]
            return
        elif then == "register":
            assert table.register_user_object(other, SOURCE) == 1
            assert table.get(1) is other
        else:
            table.set(0, other)
            assert table.get(0) is other
            return
        assert table.get(0) is new

    moments.each(scenario)


def test_interrupted_call_does_not_keep_what_was_set(moments):
    """What `set` put into a call goes with the call, although a copied context has its binding."""

    def scenario():
        table, copies, things = SideTable(), [], []
        table.register_user_object(Thing(), SOURCE)

        def graph(x):
            value = Thing()
            things.append(weakref.ref(value))
            table.set(0, value)
            copies.append(copy_context())

        entry = table.entry(graph, like=lambda x: None)
        thing, new = Thing(), Thing()
        yield (lambda: entry(thing),)
        assert all(is_dead(value) for value in things)
        for copied in copies:
            assert copied.run(table.register_user_object, new, SOURCE) == 1

    moments.each(scenario)
