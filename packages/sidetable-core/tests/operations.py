"""Operations on a table, the states they start from, and what a table looks like."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from contextvars import Context

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


def reenter(table, thing):
    """Takes a snapshot, enters it and leaves it."""
    with suppress(LookupError), table.snapshot():
        pass


OPERATIONS = [register, register_graph_created, store, put_in, reset, frame, reenter]


OTHERS = [register, store, clear, put_in, reset, frame, reenter]


def in_frame(table, step):
    """An operation that comes while a frame is open goes with the frame."""
    operation, thing = step
    with table.frame(C):
        operation(table, thing)


def in_snapshot(table, step):
    """The same for what is entered of a snapshot."""
    operation, thing = step
    try:
        snapshot = table.snapshot()
    except LookupError:
        snapshot = nullcontext()
    with snapshot:
        operation(table, thing)


AROUND = {frame: in_frame, reenter: in_snapshot}
"""For the operations that another one can come inside of."""


def after(begin, *steps):
    """What a table looks like after these operations, one after the other."""

    def work():
        table = SideTable()
        with begin(table) or nullcontext():
            for operation, thing in steps:
                operation(table, thing)
            return snapshot(table)

    return Context().run(work)
