"""Finalizers that use the table again, at every allocation and where an object dies."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from contextvars import Context

import pytest

from sidetable_core import FrameError, LocalSource, SideTable

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def like(x):
    """The function that entry functions stand for."""


class Table:
    """A table with everything that a finalizer and a test call."""

    def __init__(self):
        self.table, self.thing = SideTable(), Thing()
        self.table.register_user_object(self.thing, SOURCE)
        self.entry = self.table.entry(lambda x: self.table.get(0), like=like)

    def looks_up(self):
        """Finds what is bound, if anything is."""
        try:
            return self.table.get(0)
        except (LookupError, ReferenceError):
            return None

    def registers(self):
        """Registers one more object, where no frame has bound its index."""
        with suppress(FrameError):
            self.table.register_user_object(self.thing, SOURCE)

    def calls(self):
        """Calls the entry function, and the call finds its own object."""
        thing = Thing()
        assert self.entry(thing) is thing

    def frames(self):
        """Enters a frame, which finds its own objects."""
        one, two = Thing(), Thing()
        with self.table.frame(one, two):
            assert self.table.get(1) is two
            assert self.table.get(0) is one

    def all_of_it(self):
        """One after the other."""
        self.looks_up()
        self.calls()
        self.frames()
        self.looks_up()


class Garbage:
    """A cycle. Its finalizer does something, and leaves another one for the next collection."""

    def __init__(self, again):
        self.me, self.again = self, again

    def __del__(self):
        self.again()


def at_every_collection(action, operation):
    """Runs an operation while every allocation of a container collects; returns how often."""
    came, running = 0, True

    def again():
        nonlocal came
        if running:
            came += 1
            action()
            Garbage(again)

    thresholds = gc.get_threshold()
    Garbage(again)
    gc.set_threshold(1, 1_000_000, 1_000_000)  # only of what is new
    try:
        operation()
    finally:
        running = False
        gc.set_threshold(*thresholds)
    gc.collect()
    return came


ACTIONS = ["looks_up", "registers", "calls", "frames", "all_of_it"]


@pytest.mark.skipif(
    sys.version_info < (3, 12),
    reason="CPython 3.11 collects in the middle of changing a context variable, and crashes if a "
    "finalizer uses it then, with and without a side table",
)
@pytest.mark.parametrize("action", ["looks_up", "calls", "frames"])
@pytest.mark.parametrize("operation", ["looks_up", "calls", "frames"])
def test_collector(action, operation):
    """Every call finds its own objects, whatever the collector does in the middle."""
    it = Table()

    def rounds():
        for _ in range(10):
            getattr(it, operation)()
            it.table.store(it.thing, it.thing)
            assert it.table.get(1) is it.thing

    assert at_every_collection(getattr(it, action), lambda: Context().run(rounds)) > 0


class Last(Thing):
    """An object whose finalizer does something, wherever it dies."""

    def __init__(self, action):
        self.action = action

    def __del__(self):
        self.action()


@pytest.mark.parametrize("action", ACTIONS)
def test_object_that_dies_with_its_frame(action):
    """The frame's references go where its objects are dropped, and it is still the innermost."""
    it = Table()

    def leave():
        it.table.store(it.thing)
        for _ in range(30):
            with it.table.frame(Last(getattr(it, action)), it.thing):
                assert it.table.get(1) is it.thing
            assert it.table.get(0) is it.thing

    Context().run(leave)


@pytest.mark.parametrize("action", ACTIONS)
def test_object_that_dies_with_what_replaces_it(action):
    """What `set` holds dies with its binding: at a store, at an exit and at the end of a call."""
    it = Table()

    def held(*_):
        it.table.set(0, Last(getattr(it, action)))

    setting = it.table.entry(held, like=like)

    def replace():
        for _ in range(30):
            it.table.store(it.thing)
            held()
            it.table.store(it.thing)
            assert it.table.get(0) is it.thing
            setting(it.thing)
            with it.table.frame(it.thing):
                held()
            assert it.table.get(0) is it.thing

    Context().run(replace)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_finalizer_that_leaves_the_frame(times):
    """Where the frame's own object leaves it again, that is an error, and nothing else changes."""
    it, errors = Table(), []

    def leave():
        try:
            frame.__exit__(None, None, None)
        except Exception as error:  # noqa: BLE001  # counted below
            errors.append(error)

    it.table.store(it.thing)
    for _ in range(times):
        frame = it.table.frame(Last(leave))
        with pytest.raises(Exception, match="left twice"), frame:
            pass
        assert it.table.get(0) is it.thing
    assert errors == []
