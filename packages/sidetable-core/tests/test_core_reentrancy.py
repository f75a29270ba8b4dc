"""Operations in the middle of others: each has its whole effect."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from contextvars import Context

import pytest

from sidetable_core import SideTable
from sidetable_source import FrameError, LocalSource


class Thing:
    """An object that can be weakly referenced."""

    def __init__(self, name):
        self.name = name


A, B, C, D = (Thing(name) for name in "abcd")


def construct(index, codegen):
    """A construct function that is not run here."""


def snapshot(table):
    """All that people can see of a table in this context."""
    found = []
    for index in range(5):
        try:
            found.append(table.get(index).name)
        except (LookupError, ReferenceError):
            found.append(None)
    registered = [
        constructor.source.name if hasattr(constructor, "source") else "constructed"
        for constructor in table.constructors.values()
    ]
    return found, registered, table.has_user_objects()


def fresh(table):
    """Nothing was ever done."""


def registered(table):
    """Two objects are registered, and this context has bound nothing since."""
    table.register_user_object(A, LocalSource("a"))
    table.register_user_object(B, LocalSource("b"))


def stored(table):
    """Two objects are registered and stored."""
    registered(table)
    table.store(A, B)


def stored_only(table):
    """Two objects are stored, and none is registered."""
    table.store(A, B)


def elsewhere(table):
    """One object is registered in another context."""
    Context().run(table.register_user_object, A, LocalSource("a"))


STARTS = [fresh, registered, stored, stored_only, elsewhere]


def register(table, thing):
    """Registers a user object."""
    with suppress(FrameError):
        table.register_user_object(thing, LocalSource(thing.name))


def register_graph_created(table, thing):
    """Registers an object that the graph makes."""
    with suppress(FrameError):
        table.register_graph_created_object(thing, construct)


def store(table, thing):
    """Stores three times."""
    table.store(thing, thing, thing)


def clear(table, thing):
    """Stores nothing."""
    table.store()


def put_in(table, thing):
    """Sets one index."""
    with suppress(LookupError):
        table.set(1, thing)


def reset(table, thing):
    """Resets."""
    table.reset()


def frame(table, thing):
    """Enters a frame and leaves it."""
    with table.frame(thing):
        pass


OPERATIONS = [register, register_graph_created, store, put_in, reset, frame]


OTHERS = [register, store, clear, put_in, reset, frame]


def after(begin, *steps):
    """What a table looks like after these operations, one after the other."""

    def work():
        table = SideTable()
        with begin(table) or nullcontext():
            for operation, thing in steps:
                operation(table, thing)
            return snapshot(table)

    return Context().run(work)


def begin_in_a_frame(table):
    """More is registered than a store here binds, and a frame with one object is open."""
    for thing in (A, B, A):
        table.register_user_object(thing, LocalSource(thing.name))
    return table.frame(B)


@pytest.mark.parametrize("start", [*STARTS, begin_in_a_frame])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_in_the_middle_of_another(moments, operation, start):
    """Two operations, one at any moment of the other, end as one after the other would."""
    for other in OTHERS:
        right = [
            after(start, (operation, C), (other, D)),
            after(start, (other, D), (operation, C)),
        ]
        if operation is frame:
            right.append(after(start, (frame_around, (other, D))))

        def scenario(other=other, right=right):
            table = SideTable()
            with start(table) or nullcontext():
                came = yield lambda: operation(table, C), lambda: other(table, D)
                if came:
                    assert snapshot(table) in right, f"{other.__name__} inside {operation.__name__}"

        moments.each(scenario)


# Not for registrations: the second may be bound on top of what the first made us take back.
@pytest.mark.parametrize("other", [other for other in OTHERS if other is not register])
@pytest.mark.parametrize("operation", [register, put_in, reset])
def test_operation_in_the_middle_of_another_twice(moments, operation, other):
    """The same with two operations at two moments of a third, in one of the three orders."""
    steps = [(other, D), (other, B)]
    right = [
        after(stored, *steps[:position], (operation, C), *steps[position:]) for position in range(3)
    ]
    for apart in range(12):

        def scenario(apart=apart):
            table, waiting = SideTable(), [D, B]
            stored(table)

            def action():
                other(table, waiting.pop(0))
                if waiting:
                    moments.again(apart)

            yield lambda: operation(table, C), action
            if not waiting:
                assert snapshot(table) in right, f"{apart} moments apart"

        moments.each(scenario)


def frame_around(table, step):
    """An operation that comes while a frame is open goes with the frame."""
    operation, thing = step
    with table.frame(C):
        operation(table, thing)
