"""What a table says about each of its indices."""

from __future__ import annotations

import gc
import sys
from contextvars import Context
from unittest.mock import Mock

import pytest

from sidetable_core import SideTable
from sidetable_source import GlobalSource, LocalSource, ObjectNotAliveError


class Thing:
    """An object that can be weakly referenced."""


class HostileMeta(type):
    """A metaclass whose classes cannot be asked anything."""

    def __getattribute__(cls, name):
        raise RuntimeError


def hostile_thing():
    """An object that cannot be asked anything, nor can its class."""

    class Hostile(metaclass=HostileMeta):
        def __getattribute__(self, name):
            raise RuntimeError

        __repr__ = __str__ = __hash__ = __eq__ = __getattribute__

    return Hostile()


def construct(index, codegen):
    """A construct function that is not run here."""


def row(table, index):
    """The line about an index."""
    return table.describe().splitlines()[1 + index]


def test_empty_table():
    """The heading says what table it is, and that there is nothing in it."""
    description = SideTable("streams").describe()
    assert "\n" not in description
    for fact in ("streams", "2026.11", "0 registered", "0 bound"):
        assert fact in description


def test_each_index_has_a_line():
    """A line has the index, its origin, the type, alive or dead, what it means, and the site."""
    table, thing, other = SideTable("streams"), Thing(), dict
    table.register_user_object(thing, LocalSource("self").attr("pool"))
    table.register_graph_created_object(Thing(), construct)
    table.register_user_object(Thing(), LocalSource("gone"))
    table.register_user_object(1, GlobalSource("one"), hold="frame")
    gc.collect()
    table.store(other)
    heading, *rows = table.describe().splitlines()
    assert "4 registered, 1 bound" in heading
    assert [line.split()[0] for line in rows] == ["0", "1", "2", "3"]
    for fact in ("self.pool", "Thing", "alive", "type", __file__):
        assert fact in rows[0]
    for fact in ("construct", "Thing", "alive", "not bound"):
        assert fact in rows[1]
    for fact in ("gone", "Thing", "dead", "not bound"):
        assert fact in rows[2]
    for fact in ("one", "int", "frame", "not bound"):
        assert fact in rows[3]


def test_line_says_where_it_was_registered():
    """The site is the file, the line and the function of the call that registered."""
    table = SideTable()
    line = sys._getframe().f_lineno + 1
    table.register_user_object(Thing(), LocalSource("x"))
    assert f"{__file__}:{line} in test_line_says_where_it_was_registered" in row(table, 0)


def test_bound_but_not_registered():
    """What was only stored has a line too."""
    table, thing = SideTable(), Thing()
    table.store(thing, Thing())
    gc.collect()
    assert "not registered" in row(table, 0)
    assert "Thing" in row(table, 0)
    assert "dead" in row(table, 1)


def test_trace_time_binding():
    """Before a store, each index means what it was registered with."""
    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("x"))
    table.register_user_object(None, LocalSource("y"), hold="frame")
    assert "bound to" in row(table, 0)
    assert "not bound" in row(table, 1)


@pytest.mark.parametrize("value", [None, 5, ""])
def test_held_values(value):
    """What a frame or `set` bound is shown by its type, be it None."""
    table = SideTable()
    table.register_user_object(1, LocalSource("x"), hold="frame")
    with table.frame(value):
        assert f"bound to a {type(value).__name__}" in row(table, 0)
    table.set(0, value)
    assert f"bound to a {type(value).__name__}" in row(table, 0)


def test_gaps_are_not_bound():
    """An index between bound ones can be unbound."""
    table, things = SideTable(), [Thing(), Thing()]
    for thing in things:
        table.register_user_object(thing, LocalSource("x"))
    table.store()
    table.set(1, things[1])
    assert "not bound" in row(table, 0)
    assert "bound to" in row(table, 1)


def test_failed_registrations():
    """In edition dynamo-2.13 a used-up index says that it failed."""
    table = SideTable(edition="dynamo-2.13")
    with pytest.raises(RuntimeError):
        table.register_user_object(5, LocalSource("x"))
    assert "failed" in row(table, 0)
    assert "int" in row(table, 0)
    assert "dynamo-2.13" in table.describe()


def test_describe_runs_no_code_of_the_objects():
    """An object that cannot be asked anything is described all the same."""
    table, thing = SideTable(), hostile_thing()
    table.register_user_object(thing, LocalSource("x"))
    table.register_graph_created_object(thing, construct)
    assert "Hostile" in row(table, 0)
    table.store(thing, thing)
    assert "bound to a" in row(table, 0)


def test_hostile_text_is_escaped():
    """Names with line ends and escape sequences stay on their line."""
    name = "evil\n\x1b[31m\ud800"
    hostile = type(name.replace("\ud800", ""), (), {})
    table, thing = SideTable(name), hostile()
    namespace = {"table": table, "thing": thing, "source": LocalSource("x"), "construct": construct}
    code = compile("table.register_user_object(thing, source)", "file\n\x1b", "eval")
    eval(code.replace(co_name="function\n"), namespace)
    construct.__qualname__, before = "construct\n\x1b", construct.__qualname__
    try:
        table.register_graph_created_object(thing, construct)
        description = table.describe()
    finally:
        construct.__qualname__ = before
    assert len(description.splitlines()) == 3
    assert all(line.isprintable() for line in description.splitlines())


class Liar:
    """Lies about its class."""

    def __call__(self, index, codegen):
        """Is not called here."""

    @property
    def __class__(self):
        raise ZeroDivisionError


CONSTRUCT_FUNCTIONS = {
    "class": lambda: Thing,
    "builtin": lambda: len,
    "method": lambda: Thing().__init__,
    "mock of a function": lambda: Mock(spec=construct),
    "liar": Liar,
}


@pytest.mark.parametrize("kind", CONSTRUCT_FUNCTIONS)
def test_any_construct_function_is_described(kind):
    """A construct function is whatever can be called, and is shown without being asked."""
    table = SideTable()
    table.register_graph_created_object(Thing(), CONSTRUCT_FUNCTIONS[kind]())
    assert len(table.describe().splitlines()) == 2
    table.store(Thing())
    gc.collect()
    with pytest.raises(ObjectNotAliveError):
        table.get(0)


def test_foreign_source_is_described():
    """A foreign source is shown by its type, and its attributes are not asked for."""
    table = SideTable(edition="dynamo-2.13")
    table.register_user_object(Thing(), Liar())
    assert "Liar" in row(table, 0)
    gc.collect()
    with pytest.raises(ObjectNotAliveError, match="Liar"):
        table.get(0)


def test_describe_is_of_this_context():
    """What the indices mean is what they mean here."""
    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("x"))
    table.store(thing)
    assert "0 bound" in Context().run(table.describe)
    assert "1 bound" in table.describe()
