"""The ways in which a table comes to bind something, for tests of what it leaves behind."""

from __future__ import annotations

from contextvars import Context

from sidetable_core import resolve
from sidetable_source import LocalSource

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def construct(index, codegen):
    """Writes code that finds something that can be weakly referenced."""
    codegen.load_global("Thing")


def register(table):
    """Binds by registering a user object."""
    thing = Thing()
    table.register_user_object(thing, SOURCE)
    return [thing]


def register_graph_created(table):
    """Binds by registering an object that the table keeps."""
    thing = Thing()
    table.register_graph_created_object(thing, construct)
    return [thing]


def store(table):
    """Binds by storing."""
    things = [Thing(), Thing()]
    table.store(*things)
    return things


def put_in(table):
    """Binds by storing and setting, so that the binding owns something."""
    things = store(table)
    things.append(Thing())
    table.set(0, things[-1])
    return things


def set_first(table):
    """Binds by setting, in a context that has bound nothing."""
    things = [Thing(), Thing()]
    Context().run(table.register_user_object, things[0], SOURCE)
    table.set(0, things[1])
    return things


def frame(table):
    """Binds by a frame that ends."""
    things = [Thing(), Thing()]
    with table.frame(*things):
        table.set(0, things[1])
    return things


def open_frame(table):
    """Binds by a frame that is dropped without being left."""
    things = [Thing()]
    table.frame(*things).__enter__()
    return things


def named_frame(table):
    """Binds by a frame with a handle that is dropped without being left, and puts something in."""
    things = [Thing(), Thing()]
    frame = table.frame(things[0]).__enter__()
    resolve(frame.handle, 0)
    table.set(0, things[1])
    return things


def snapshot(table):
    """Binds by a snapshot that is entered and left, and puts something in."""
    things = store(table)
    with table.snapshot():
        table.set(0, things[1])
    return things


def open_snapshot(table):
    """Binds by a snapshot that is dropped without being left, and puts something in."""
    things = store(table)
    table.snapshot().__enter__()
    table.set(0, things[1])
    return things


def wrapped(table):
    """Binds by calling a function that a snapshot wraps."""
    things = store(table)
    table.snapshot().wrap(table.set)(0, things[1])
    return things


def entry(table):
    """Binds by calling an entry function."""
    things = [Thing()]
    table.register_user_object(things[0], SOURCE)
    table.entry(lambda x: table.set(0, things[0]), like=lambda x: None)(things[0])
    return things


BINDINGS = [
    register,
    register_graph_created,
    store,
    put_in,
    set_first,
    frame,
    open_frame,
    named_frame,
    snapshot,
    open_snapshot,
    wrapped,
    entry,
]
