"""An interrupt or a finalizer at every line of every operation, and the promise checked after it.

What is promised is on the page "Not guaranteed: interrupts and finalizers" of the documentation.
"""

from __future__ import annotations

import gc
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context
from itertools import count
from pathlib import Path

import pytest

import sidetable_core
from sidetable_core import FrameError, LocalSource, SideTable, StaleHandleError, resolve

pytestmark = pytest.mark.slow

PACKAGE = (str(Path(sidetable_core.__file__).parent), "<sidetable entry")
SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


class Interrupt(KeyboardInterrupt):
    """The interrupt that a test has asked for."""


def interrupt():
    """Does what Ctrl-C does."""
    raise Interrupt


def at_line(number, action, operation):
    """Runs an operation, with an action before the given line of ours; returns whether it came."""
    lines = count()
    came = False

    def trace(frame, event, _argument):
        nonlocal came
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line" and next(lines) == number:
            came = True
            sys.settrace(None)
            action()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        operation()
    finally:
        sys.settrace(before)
    return came


def each_line(scenario):
    """Runs a scenario once for every line of its operation, each time in a fresh context.

    A scenario is a generator. It prepares a table, yields an operation and an action, and checks
    what has become of the table.

    In a thread of its own: CPython 3.11 keeps the error that was being handled as the thread's
    own, where an interrupt comes at the first line of its handler, and every later error of the
    thread would have it as its context.
    """

    def lines():
        for number in count():
            if not Context().run(one_line, scenario, number):
                # Nothing comes in the middle of a function that runs in C.
                assert number > 0 or sidetable_core.implementation == "native"
                return

    with ThreadPoolExecutor(1) as own:
        own.submit(lines).result()


def one_line(scenario, number):
    """Runs a scenario with the action at one line; returns whether the operation has that line."""
    steps = scenario()
    operation, action = next(steps)
    hook, ignored = sys.unraisablehook, []
    # An interrupt in a finalizer of ours is ignored by Python. Anything else would be an error.
    sys.unraisablehook = lambda error: ignored.append(error.exc_type)
    came = True
    gc.disable()
    try:
        came = at_line(number, action, operation)
    except Interrupt:
        pass
    finally:
        gc.enable()
        sys.unraisablehook = hook
    assert set(ignored) <= {Interrupt}
    for _ in steps:
        pytest.fail("a scenario yields once")
    return came


def construct(index, codegen):
    """Writes code that nobody runs here."""


def found(table, *indices):
    """What these indices find, None for nothing."""
    values = []
    for index in indices:
        value = None
        with suppress(LookupError, ReferenceError):
            value = table.get(index)
        values.append(value)
    return values


# --- the operations: each is prepared on a table, and then run ------------------------------


def registering(table, thing):
    """Registers a user object."""

    def operation():
        with suppress(FrameError):
            table.register_user_object(thing, SOURCE)

    return operation


def registering_graph_created(table, thing):
    """Registers an object that the graph makes."""

    def operation():
        with suppress(FrameError):
            table.register_graph_created_object(thing, construct)

    return operation


def storing(table, thing):
    """Stores three objects."""
    return lambda: table.store(thing, thing, thing)


def setting(table, thing):
    """Sets one index."""

    def operation():
        with suppress(LookupError):
            table.set(1, thing)

    return operation


def resetting(table, thing):
    """Resets."""
    return table.reset


def framing(table, thing):
    """Enters a frame, asks for its handle, sets an index, and leaves it."""

    def operation():
        with table.frame(thing) as frame, suppress(LookupError):
            table.set(0, thing)
            resolve(frame.handle, 0)

    return operation


def snapshotting(table, thing):
    """Takes a snapshot, enters it twice, sets an index, and leaves it."""

    def operation():
        with suppress(LookupError):
            snapshot = table.snapshot()
            with snapshot, snapshot:
                table.set(0, thing)

    return operation


def calling(table, thing):
    """Calls an entry function that sets an index."""

    def graph(x):
        with suppress(LookupError):
            table.set(0, x)

    entry = table.entry(graph, like=lambda x: None, indices=[])
    return lambda: entry(thing)


def awaiting(table, thing):
    """Runs the entry function of a coroutine function."""

    async def like(x): ...

    async def graph(x):
        with suppress(LookupError):
            table.set(0, x)

    entry = table.entry(graph, like=like, indices=[])

    def operation():
        coroutine = entry(thing)
        try:
            with suppress(StopIteration):
                coroutine.send(None)
        finally:
            coroutine.close()

    return operation


BALANCED = [framing, snapshotting, calling, awaiting]
UNBALANCED = [storing, setting, resetting]
REGISTERING = [registering, registering_graph_created]

OPERATIONS = pytest.mark.parametrize("prepare", [*REGISTERING, *UNBALANCED, *BALANCED])

# An interrupt can come between making the graph's coroutine and awaiting it.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")


def registered(table, things):
    """This context has registered and not stored."""
    for thing in things:
        table.register_user_object(thing, SOURCE)


def stored(table, things):
    """This context has stored what it registered."""
    registered(table, things)
    table.store(*things)


def elsewhere(table, things):
    """Another context has registered, and this one has bound nothing."""
    Context().run(registered, table, things)


STARTS = pytest.mark.parametrize("start", [registered, stored, elsewhere])
FEW_STARTS = pytest.mark.parametrize("start", [registered, stored])


# --- interrupts ----------------------------------------------------------------------------


def assert_usable(table):
    """After a store everything works as if nothing had happened."""
    one, other = Thing(), Thing()
    table.store(one, other)
    assert found(table, 0, 1, 2) == [one, other, None]
    with table.frame(other):
        assert table.get(0) is other
    assert table.get(0) is one
    index = table.register_user_object(one, SOURCE)
    assert table.get(index) is one
    table.reset()
    assert found(table, 0, 1, 2) == [None, None, None]
    assert table.register_user_object(one, SOURCE) == 0


@STARTS
@OPERATIONS
def test_interrupted(prepare, start):
    """No lookup finds what this context did not bind, and the table can still be used."""

    def scenario():
        table, things, new, foreign = SideTable(), [Thing(), Thing()], Thing(), Thing()
        start(table, things)
        Context().run(table.store, foreign, foreign, foreign, foreign)
        yield prepare(table, new), interrupt
        allowed = [None, new, *things]
        assert all(value in allowed for value in found(table, 0, 1, 2, 3))
        assert_usable(table)

    each_line(scenario)


@OPERATIONS
def test_interrupted_inside_a_frame(prepare):
    """The exit of the enclosing frame restores what that found."""

    def scenario():
        table, things = SideTable(), [Thing(), Thing()]
        stored(table, things)
        operation = prepare(table, Thing())
        with table.frame(Thing()):
            yield operation, interrupt
        assert found(table, 0, 1) == things
        assert_usable(table)

    each_line(scenario)


@OPERATIONS
def test_interrupt_that_nobody_handles_inside_a_frame(prepare):
    """The same if the interrupt leaves the enclosing frame too, and that one is interrupted."""

    def scenario():
        table, things = SideTable(), [Thing(), Thing()]
        stored(table, things)
        operation = prepare(table, Thing())

        def framed():
            with table.frame(Thing()):
                operation()

        with table.frame(Thing()):
            yield framed, interrupt
        assert found(table, 0, 1) == things
        assert_usable(table)

    each_line(scenario)


def test_interrupt_while_an_entry_function_is_made():
    """No lock stays: another thread can make the next one."""

    def like(x): ...

    def scenario():
        table = SideTable()
        table.register_user_object(Thing(), SOURCE.attr("y"))
        yield lambda: table.entry(print, like=like), interrupt
        made = []
        thread = threading.Thread(
            target=lambda: made.append(table.entry(print, like=like)), daemon=True
        )
        thread.start()
        thread.join(30)
        assert made

    each_line(scenario)


# --- finalizers ----------------------------------------------------------------------------


def outcome(start, *prepared):
    """What indices find after these operations, one after the other."""

    def work():
        table, things = SideTable(), [A, B]
        start(table, things)
        for prepare, thing in prepared:
            prepare(table, thing)()
        return found(table, 0, 1, 2, 3)

    return Context().run(work)


A, B, C, D = Thing(), Thing(), Thing(), Thing()


@FEW_STARTS
@OPERATIONS
@pytest.mark.parametrize("action", BALANCED)
def test_finalizer_that_leaves_what_it_found(prepare, start, action):
    """What it interrupted completes as if it had not run."""
    expected = outcome(start, (prepare, C))
    table = SideTable()  # one for all lines: an entry function takes a millisecond to make
    operation, act = prepare(table, C), action(table, D)

    def scenario():
        table.reset()
        start(table, [A, B])
        yield operation, act
        assert found(table, 0, 1, 2, 3) == expected

    each_line(scenario)


@FEW_STARTS
@OPERATIONS
@pytest.mark.parametrize("action", [*REGISTERING, *UNBALANCED])
def test_finalizer_that_leaves_another_binding(prepare, start, action):
    """Each index finds what the one or the other has bound to it, and the table can be used."""
    orders = [
        outcome(start, *steps)
        for steps in (
            [(prepare, C)],
            [(action, D)],
            [(prepare, C), (action, D)],
            [(action, D), (prepare, C)],
        )
    ]

    table = SideTable()  # as above
    operation, act = prepare(table, C), action(table, D)

    def scenario():
        table.reset()
        start(table, [A, B])
        yield operation, act
        for index, value in enumerate(found(table, 0, 1, 2, 3)):
            assert value is None or value in [order[index] for order in orders]
        assert_usable(table)

    each_line(scenario)


# --- in the very middle, by name -----------------------------------------------------------
# A profiler, beside a tracer that measures coverage: the tests above take the tracer's place.


def at_call(name, action, operation, event="call", builtin=None):
    """Runs an operation, with an action where a function begins, or calls a builtin."""

    def profile(frame, now, argument):
        called = None if builtin is None else getattr(argument, "__name__", "")
        if (frame.f_code.co_name, now, called) == (name, event, builtin):
            sys.setprofile(None)
            action()

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        operation()
    finally:
        sys.setprofile(before)


@pytest.fixture
def table():
    """A table with two registered and stored objects."""
    table = SideTable()
    stored(table, [A, B])
    return table


def test_registering_in_the_middle_of_registering(table):
    """Both objects are found at their indices."""
    at_call("publish", registering(table, C), registering(table, D))
    assert found(table, 0, 1, 2, 3) == [A, B, D, C]


@pytest.mark.parametrize("moment", [["call"], ["c_return", "set"]], ids=["before", "after"])
def test_reset_in_the_middle_of_registering(table, moment):
    """The reset wins as a whole."""
    at_call("publish", table.reset, registering(table, D), *moment)
    assert found(table, 0, 1, 2, 3) == [None] * 4
    assert not table.has_user_objects()


def test_appending_in_the_middle_of_appending():
    """An index that another thread has taken first is passed over."""
    table = SideTable()
    table.register_user_object(A, SOURCE)

    action = registering_graph_created(table, C)
    at_call("add", action, registering_graph_created(table, D), "c_call", "append")
    assert found(table, 0, 1, 2) == [A, C, D]


def test_entering_a_snapshot_is_interrupted(table):
    """Nobody leaves it, so nothing of it stays."""
    snapshot = table.snapshot()
    table.store(C)
    with pytest.raises(Interrupt):
        at_call("enter", interrupt, snapshot.__enter__)
    assert found(table, 0) == [C]
    with pytest.raises(FrameError, match="not entered"):
        snapshot.__exit__(None, None, None)


def test_frame_that_ends_while_its_handle_is_resolved(table):
    """The handle is stale: the object has not just died."""
    thing = Thing()
    frame = table.frame(thing).__enter__()
    handle = frame.handle

    def end():
        nonlocal thing
        del thing
        frame.__exit__(None, None, None)

    with pytest.raises(StaleHandleError):
        at_call("reference_at", end, lambda: resolve(handle, 0))


def test_reset_in_the_middle_of_setting():
    """The same in a context that had bound nothing."""

    def work():
        at_call("publish", table.reset, lambda: table.set(0, D), "c_return", "set")
        return found(table, 0)

    table = SideTable()
    elsewhere(table, [A])
    assert Context().run(work) == [None]
    assert not table.has_user_objects()
