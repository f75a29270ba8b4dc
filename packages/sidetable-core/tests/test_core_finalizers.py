"""Real finalizers and callbacks that use the table while it is in the middle of something."""

from __future__ import annotations

import gc
import weakref
from contextvars import Context

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource

from .operations import (
    OTHERS,
    A,
    B,
    D,
    Thing,
    construct,
    fresh,
    snapshot,
    stored,
)


class Finalized(Thing):
    """Does something when it dies."""

    def __init__(self, name, action):
        super().__init__(name)
        self.action = action

    def __del__(self):
        self.action()


DROPPING = {
    "store": lambda table: table.store(A, B),
    "set": lambda table: table.set(0, A),
    "reset": lambda table: table.reset(),
}


@pytest.mark.parametrize("cycle", [False, True], ids=["counted", "in a cycle"])
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("dropping", DROPPING)
def test_finalizer_of_what_an_operation_drops(dropping, other, cycle):
    """The finalizer of a value that an operation lets go finds the operation done."""

    def work(finalize):
        table, calls = SideTable(), []
        stored(table)

        def action():
            calls.append(snapshot(table))
            if finalize:
                other(table, D)

        value = Finalized("v", action)
        if cycle:
            value.cycle = value
        table.set(0, value)
        del value
        DROPPING[dropping](table)
        gc.collect()
        assert len(calls) == 1
        if not finalize:
            other(table, D)
        return snapshot(table), calls[0]

    assert Context().run(work, True) == Context().run(work, False)


def in_a_frame(table, put_in):
    """Puts something into a frame's binding, and leaves the frame."""
    with table.frame(B):
        put_in(table)


def in_an_entry_call(table, put_in):
    """Puts something into an entry call's binding, and returns."""
    table.entry(lambda a: put_in(table), like=lambda a: None)(B)


LEAVING = [in_a_frame, in_an_entry_call]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("leaving", LEAVING)
def test_finalizer_of_what_a_frame_lets_go(leaving, other):
    """What a finalizer binds while a frame puts back what it found, stays.

    CPython's cache of what is bound must not point to what the finalizer has replaced.
    """

    def work(finalize):
        table, calls = SideTable(), []
        table.register_user_object(A, LocalSource("a"))

        def action():
            calls.append("finalized")
            if finalize:
                other(table, D)

        leaving(table, lambda table: table.set(0, Finalized("v", action)))
        assert calls == ["finalized"]
        if not finalize:
            other(table, D)
        return snapshot(table), snapshot(table)

    assert Context().run(work, True) == Context().run(work, False)


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("start", [fresh, stored])
def test_finalizer_of_what_reset_lets_go(start, other):
    """The finalizer of a kept object finds the table reset, and what it does then stays."""

    def work(finalize):
        table, calls = SideTable(), []
        start(table)

        def action():
            calls.append(snapshot(table))
            if finalize:
                other(table, D)

        for _ in range(3):
            table.register_graph_created_object(Finalized("v", action), construct)
        table.reset()
        gc.collect()
        assert calls[0] == ([None] * 5, [], False)
        if not finalize:
            for _ in range(3):
                other(table, D)
        return snapshot(table)

    assert Context().run(work, True) == Context().run(work, False)


@pytest.mark.parametrize("other", OTHERS)
def test_weakref_callback_that_uses_the_table(other):
    """A callback that comes with an object's death does what it would do at any time."""

    def work():
        table = SideTable()
        stored(table)
        thing = Thing("t")
        watching = weakref.ref(thing, lambda _: other(table, D))
        table.store(thing, B)
        del thing
        gc.collect()
        assert watching() is None
        return snapshot(table)

    def expected():
        table = SideTable()
        stored(table)
        table.store(Thing("t"), B)
        other(table, D)
        return snapshot(table)

    assert Context().run(work) == Context().run(expected)


def test_finalizer_that_registers_for_ever_is_stopped_by_nobody():
    """A finalizer that makes more of its kind loses nothing, turn after turn."""
    table, turns = SideTable(), []

    def action():
        turns.append(len(table.constructors))
        if len(turns) < 50:
            table.register_graph_created_object(Finalized("v", action), construct)
            table.reset()

    table.register_graph_created_object(Finalized("v", action), construct)
    table.reset()
    gc.collect()
    assert turns == [0] * 50
    assert table.has_user_objects() is False


@pytest.mark.parametrize("other", OTHERS)
def test_finalizer_of_a_frames_object(other):
    """What a finalizer does while a frame ends goes with the frame, or comes after it."""

    def work(when):
        table = SideTable()
        stored(table)

        def action():
            if when == "finalizer":
                other(table, D)

        thing = Finalized("v", action)
        with table.frame(thing):
            del thing
            if when == "inside":
                other(table, D)
        if when == "after":
            other(table, D)
        return snapshot(table)

    found = Context().run(work, "finalizer")
    assert found in [Context().run(work, "inside"), Context().run(work, "after")]
