"""What entry functions fetch: every kind of source, and the inputs of the graph."""

from __future__ import annotations

import os
import os.path

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    CodegenError,
    ConstantSource,
    GlobalSource,
    ImportSource,
    LocalSource,
    Source,
)

X = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def like(x):
    """The function that entry functions here stand for."""


async def async_like(x):
    """The same as a coroutine function."""


@pytest.fixture
def table():
    """A table whose index 0 is the parameter `x`."""
    table = SideTable("streams")
    table.register_user_object(Thing(), X)
    return table


def run(coroutine):
    """Runs a coroutine that waits for nothing."""
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    return stopped.value.value


def test_inputs_are_what_the_graph_gets():
    """With inputs, the graph gets these values, in this order, and no keywords."""
    table = SideTable()
    inputs = [X.attr("y"), X.item("z"), ConstantSource(5), GlobalSource("len")]

    class Holder(dict):
        y = "attribute"

    entry = table.entry(lambda *args: args, like=like, inputs=inputs)
    assert entry(Holder(z="item")) == ("attribute", "item", 5, len)


def test_no_inputs_are_not_the_same_as_none():
    """An empty list of inputs means that the graph takes nothing."""
    assert SideTable().entry(lambda: "ran", like=like, inputs=[])(1) == "ran"


def test_inputs_of_a_coroutine():
    """The same for an entry function that is awaited."""

    async def graph(value):
        return value

    assert run(SideTable().entry(graph, like=async_like, inputs=[X.attr("real")])(5)) == 5


def test_input_that_fails_restores(table):
    """An input that cannot be fetched leaves the binding as it was."""
    stored = Thing()
    table.store(stored)
    entry = table.entry(print, like=like, inputs=[X.attr("missing")])
    with pytest.raises(AttributeError):
        entry(Thing())
    assert table.get(0) is stored


@pytest.mark.parametrize("source", ["x", None, 5])
def test_input_that_is_no_source_is_refused(table, source):
    """What is no source is an error when the entry function is made."""
    with pytest.raises((CodegenError, TypeError, ValueError)) as caught:
        table.entry(print, like=like, inputs=[source])
    assert "source" in str(caught.value)


def test_every_source_kind_is_fetched():
    """Each source writes code that finds what its name says."""
    table = SideTable()

    def function(x, y): ...

    sources = [
        X.attr("real"),
        LocalSource("y").item("key").item(LocalSource("x")),
        GlobalSource("Thing"),
        ImportSource("os.path").attr("join"),
        ImportSource("os.path").attr("join").call("a", X.attr("__class__").attr("__name__")),
        GlobalSource("dict").call(b=X, a=1),
        ConstantSource((1, "two")).item(-1),
    ]
    for source in sources:
        table.register_user_object(Thing(), source, hold="frame")
    entry = table.entry(
        lambda x, y: [table.get(index) for index in range(len(sources))], like=function
    )
    found = entry(5, {"key": {5: "found"}})
    assert found == [
        5,
        "found",
        Thing,
        os.path.join,
        "a/int".replace("/", os.sep),
        {"b": 5, "a": 1},
        "two",
    ]
    assert list(found[5]) == ["b", "a"]


class Pair(Source):
    """A source kind of somebody else's, which writes a call of its own."""

    def reconstruct(self, codegen):
        """Writes a pair of what is in `x` and a constant."""
        codegen.load_global("zip")
        codegen(X)
        codegen.load_const("ab")
        codegen.call(2)

    @property
    def name(self):
        """For people."""
        return 'zip(x, "ab")'


def test_source_kinds_of_others_are_fetched():
    """A source kind needs nothing but its one method."""
    table = SideTable()
    table.register_user_object(Thing(), Pair(), hold="frame")
    entry = table.entry(lambda x: list(table.get(0)), like=like)
    assert entry([1, 2]) == [(1, "a"), (2, "b")]


def test_foreign_source_needs_no_parent():
    """Edition dynamo-2.13 takes what has a `reconstruct`."""

    class Foreign:
        def reconstruct(self, codegen):
            codegen.load_local("x")

    table = SideTable(edition="dynamo-2.13")
    table.register_user_object(Thing(), Foreign())
    thing = Thing()
    assert table.entry(lambda x: table.get(0), like=like)(thing) is thing


def test_failed_registration_is_fetched_all_the_same():
    """In edition dynamo-2.13 a used-up index has a constructor, and the entry runs it."""
    table = SideTable(edition="dynamo-2.13")
    with pytest.raises(RuntimeError):
        table.register_user_object(5, X)
    thing = Thing()
    assert table.entry(lambda x: table.get(0), like=like)(thing) is thing


def test_many_objects():
    """More objects than one byte counts are each found in their place."""
    table = SideTable()
    for index in range(300):
        table.register_user_object(Thing(), X.item(index), hold="frame" if index % 3 else "weak")
    things = [index if index % 3 else Thing() for index in range(300)]
    entry = table.entry(lambda x: [table.get(index) for index in range(300)], like=like)
    assert entry(things) == things
