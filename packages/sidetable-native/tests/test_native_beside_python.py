"""The functions in C and those in Python, side by side: the same objects, errors and lifetimes."""

from __future__ import annotations

import gc
import weakref
from contextvars import Context

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

import sidetable_core
from sidetable_core import LocalSource

SOURCES = [LocalSource("x"), LocalSource("x").attr("y"), LocalSource("x").attr("z").item(0), None]
HANDS = 5


class Thing:
    """An object that can be weakly referenced. Its finalizer may do something."""

    def __init__(self, number):
        self.number, self.last = number, None

    def __del__(self):
        if self.last is not None:
            self.last()


def construct(index, codegen):
    """Writes code that nobody runs here."""


def like(x):
    """The function that entry functions stand for."""


class Side:
    """One of the two: a table in each edition's way, objects, contexts, frames and snapshots."""

    def __init__(self, core, edition):
        self.core = core
        self.table = core.SideTable("t", edition=edition)
        self.hands = [Thing(number) for number in range(HANDS)]
        self.made = HANDS
        self.contexts = [Context()]
        self.frames, self.snapshots, self.entries, self.last = [], [], [], []

    def value(self, number):
        """An object of the hands, or what cannot be weakly referenced."""
        return self.hands[number] if number < HANDS else [None, 1][number - HANDS]

    def shown(self, value):
        """A value as the same text on both sides."""
        if isinstance(value, Thing):
            return f"thing {value.number}"
        return value if isinstance(value, int | str | bool) else type(value).__name__

    def does(self, context, operation, *arguments):
        """What an operation returns or raises, in one of the contexts."""
        try:
            method = getattr(self, operation)
            return self.shown(self.contexts[context].run(method, *arguments))
        except Exception as error:  # noqa: BLE001  # whatever it is, the other side has to raise it
            notes = getattr(error, "__notes__", [])
            return type(error).__name__, str(error), notes, type(error.__cause__).__name__

    def looks(self, context):
        """All that can be found in a context."""
        numbers = [*range(6), -1, 2**40, True, "0", None, 1.0]
        return [self.does(context, "get", number) for number in numbers]

    def get(self, index):
        return self.table.get(index)

    def store(self, *numbers):
        return self.table.store(*map(self.value, numbers))

    def register(self, number, source, hold):
        value = self.value(number)
        if hold is None:
            return self.table.register_user_object(value, SOURCES[source])
        return self.table.register_user_object(value, SOURCES[source], hold=hold)

    def register_graph_created(self, number):
        return self.table.register_graph_created_object(self.value(number), construct)

    def set(self, index, number):
        return self.table.set(index, self.value(number))

    def reset(self):
        return self.table.reset()

    def describe(self):
        return self.table.describe()

    def make_entry(self, lookups, operation, arguments):
        def graph(x):
            found = [self.does(context, "get", index) for context, index in lookups]
            if operation == "raise":
                raise KeyError(*arguments)
            if operation == "again" and len(self.last) < 3:
                self.last.append(None)
                try:
                    found.append(self.call(len(self.entries) - 1, *arguments))
                finally:
                    self.last.pop()
            elif operation != "again":
                found.append(self.does_here(operation, *arguments))
            return str([found, [self.here(index) for index in range(4)]])

        self.entries.append(self.table.entry(graph, like=like))

    def does_here(self, operation, *arguments):
        try:
            return self.shown(getattr(self, operation)(*arguments))
        except Exception as error:  # noqa: BLE001  # as in `does`
            return type(error).__name__, str(error)

    def here(self, index):
        return self.does_here("get", index)

    def call(self, which, number):
        thing = self.value(number)
        if isinstance(thing, Thing):
            thing.y, thing.z = self.hands[0], [self.hands[1]]
        try:
            return self.entries[which](thing)
        finally:
            if isinstance(thing, Thing):
                del thing.y, thing.z

    def frame(self, *numbers):
        self.frames.append(self.table.frame(*map(self.value, numbers)))

    def enter(self, which):
        return self.frames[which].__enter__().__class__.__name__

    def leave(self, which, kind):
        return self.frames[which].__exit__(kind, None, None)

    def drop_frame(self, which):
        del self.frames[which]

    def handle(self, which, index):
        return self.table.resolve(self.frames[which].handle, index)

    def snapshot(self):
        self.snapshots.append(self.table.snapshot())

    def enter_snapshot(self, which):
        self.snapshots[which].__enter__()

    def leave_snapshot(self, which):
        self.snapshots[which].__exit__(None, None, None)

    def die(self, number, operation, arguments):
        """A thing dies, and its finalizer does something."""
        if operation is not None:
            self.hands[number].last = lambda: self.does_here(operation, *arguments)
        gone = weakref.ref(self.hands[number])
        self.hands[number] = Thing(self.made)
        self.made += 1
        return gone() is None


NUMBERS = st.integers(0, HANDS + 1)
OBJECTS = st.lists(NUMBERS, max_size=5).map(tuple)
INDICES = st.integers(0, 5)
OPERATIONS = st.one_of(
    st.tuples(st.just("get"), st.tuples(INDICES)),
    st.tuples(st.just("store"), OBJECTS),
    st.tuples(st.just("register"), st.tuples(NUMBERS, INDICES.map(lambda one: one % 4), st.none())),
    st.tuples(st.just("set"), st.tuples(INDICES, NUMBERS)),
    st.tuples(st.just("reset"), st.just(())),
    st.tuples(st.just("frame"), OBJECTS),
)
GRAPHS = st.one_of(
    OPERATIONS,
    st.tuples(st.just("raise"), st.tuples(INDICES)),
    st.tuples(st.just("again"), st.tuples(NUMBERS)),
)


class Both(RuleBasedStateMachine):
    """Does everything twice and compares what came of it."""

    pure = None  # set by the test
    edition = "2026.11"

    def __init__(self):
        super().__init__()
        gc.disable()  # it would come at other moments on either side
        self.sides = [Side(core, self.edition) for core in (sidetable_core, self.pure)]

    def teardown(self):
        """Lets the collector come again."""
        gc.enable()

    @property
    def one(self):
        return self.sides[0]

    def both(self, context, operation, *arguments):
        context %= len(self.one.contexts)
        native, pure = [side.does(context, operation, *arguments) for side in self.sides]
        # The names of the two cores' classes are the same, and the errors' classes themselves are.
        assert native == pure
        native, pure = [side.looks(context) for side in self.sides]
        assert native == pure

    @rule(context=INDICES, operation=OPERATIONS)
    def operate(self, context, operation):
        name, arguments = operation
        self.both(context, name, *arguments)

    @rule(
        context=INDICES,
        number=NUMBERS,
        source=st.integers(0, 3),
        hold=st.sampled_from([None, "weak", "frame", "bad"]),
    )
    def register(self, context, number, source, hold):
        self.both(context, "register", number, source, hold)

    @rule(context=INDICES, number=NUMBERS)
    def register_graph_created(self, context, number):
        self.both(context, "register_graph_created", number)

    @rule(context=INDICES)
    def describe(self, context):
        self.both(context, "describe")

    @rule(
        context=INDICES, lookups=st.lists(st.tuples(st.just(0), INDICES), max_size=2), graph=GRAPHS
    )
    def make_entry(self, context, lookups, graph):
        self.both(context, "make_entry", [], *graph)

    @precondition(lambda self: self.one.entries)
    @rule(context=INDICES, which=INDICES, number=NUMBERS, times=st.integers(1, 3))
    def call(self, context, which, number, times):
        for _ in range(times):
            self.both(context, "call", which % len(self.one.entries), number)

    @precondition(lambda self: self.one.frames)
    @rule(context=INDICES, which=INDICES)
    def enter(self, context, which):
        self.both(context, "enter", which % len(self.one.frames))

    @precondition(lambda self: self.one.frames)
    @rule(context=INDICES, which=INDICES, kind=st.sampled_from([None, KeyError, KeyboardInterrupt]))
    def leave(self, context, which, kind):
        self.both(context, "leave", which % len(self.one.frames), kind)

    @precondition(lambda self: self.one.frames)
    @rule(context=INDICES, which=INDICES)
    def drop_frame(self, context, which):
        self.both(context, "drop_frame", which % len(self.one.frames))

    @precondition(lambda self: self.one.frames)
    @rule(context=INDICES, which=INDICES, index=INDICES)
    def handle(self, context, which, index):
        natives, pures = [
            side.does(context % len(side.contexts), "handle", which % len(side.frames), index)
            for side in self.sides
        ]
        # A handle is a number of its own on each side, and messages have it.
        assert natives == pures or natives[0] == pures[0]

    @rule(context=INDICES)
    def snapshot(self, context):
        self.both(context, "snapshot")

    @precondition(lambda self: self.one.snapshots)
    @rule(context=INDICES, which=INDICES)
    def enter_snapshot(self, context, which):
        self.both(context, "enter_snapshot", which % len(self.one.snapshots))

    @precondition(lambda self: self.one.snapshots)
    @rule(context=INDICES, which=INDICES)
    def leave_snapshot(self, context, which):
        self.both(context, "leave_snapshot", which % len(self.one.snapshots))

    @rule(
        context=INDICES,
        number=st.integers(0, HANDS - 1),
        last=st.one_of(st.none(), OPERATIONS),
    )
    def die(self, context, number, last):
        self.both(context, "die", number, *(last or (None, ())))

    @rule(context=INDICES)
    def copy(self, context):
        for side in self.sides:
            if len(side.contexts) < 4:
                side.contexts.append(side.contexts[context % len(side.contexts)].copy())


@pytest.mark.parametrize("edition", ["2026.11", "dynamo-2.13"])
def test_they_do_the_same(pure, edition):
    """Whatever comes in whatever order, and whatever a finalizer does in the middle."""
    machine = type("Both", (Both,), {"pure": pure, "edition": edition})
    run_state_machine_as_test(machine, settings=settings(stateful_step_count=50))
