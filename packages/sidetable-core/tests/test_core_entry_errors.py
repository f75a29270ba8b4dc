"""Entry functions that fail: what is said, and that the binding is as before."""

from __future__ import annotations

import types

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    LocalSource,
    NotWeakReferenceableError,
)

X = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def like(x):
    """The function that entry functions here stand for."""


@pytest.fixture
def table():
    """A table whose index 0 is the parameter `x`."""
    table = SideTable("streams")
    table.register_user_object(Thing(), X)
    return table


def test_call_binds_what_it_fetches_and_restores(table):
    """The graph finds the call's objects; afterwards, what was bound before is back."""
    stored, thing = Thing(), Thing()
    table.store(stored)
    entry = table.entry(lambda x: table.get(0), like=like)
    assert entry(thing) is thing
    assert table.get(0) is stored


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit, StopIteration])
def test_call_restores_when_the_graph_raises(table, error):
    """Whatever the graph raises passes through, and the old binding is back."""
    stored = Thing()
    table.store(stored)

    def graph(x):
        raise error

    with pytest.raises(error):
        table.entry(graph, like=like)(Thing())
    assert table.get(0) is stored


def test_binding_is_untouched_when_fetching_fails(table):
    """An error in the prologue comes before anything is bound, and names index and source."""
    table.register_user_object(Thing(), X.attr("pool").item("main"))
    stored = Thing()
    table.store(stored)
    entry = table.entry(print, like=like)
    with pytest.raises(AttributeError, match="pool") as caught:
        entry(Thing())
    (note,) = caught.value.__notes__
    assert "index 1" in note
    assert 'x.pool["main"]' in note
    assert table.get(0) is stored


def test_fetching_that_fails_outside_of_exception_is_told_too(table):
    """An error that is no `Exception` passes through as it is."""

    class Interrupting:
        @property
        def thing(self):
            raise KeyboardInterrupt

    table.reset()
    table.register_user_object(Thing(), X.attr("thing"))
    with pytest.raises(KeyboardInterrupt):
        table.entry(print, like=like)(Interrupting())


def test_construct_function_that_fails_to_run_is_named(table):
    """An object that the graph makes is named by its construct function."""

    def construct_event(index, codegen):
        codegen.load_global("missing")

    table.register_graph_created_object(Thing(), construct_event)
    entry = table.entry(print, like=types.FunctionType(like.__code__, {}))
    with pytest.raises(NameError) as caught:
        entry(Thing())
    (note,) = caught.value.__notes__
    assert "index 1" in note
    assert "construct_event" in note


def test_error_of_the_graph_has_no_note(table):
    """Only what the prologue raises is about an index."""

    def graph(x):
        raise ValueError

    with pytest.raises(ValueError) as caught:  # noqa: PT011  # has no text
        table.entry(graph, like=like)(Thing())
    assert not hasattr(caught.value, "__notes__")


def test_same_error_object_is_told_once(table):
    """An error that a source raises again and again does not grow."""
    error = LookupError()

    class Failing:
        @property
        def thing(self):
            raise error

    table.reset()
    table.register_user_object(Thing(), X.attr("thing"))
    entry = table.entry(print, like=like)
    for _ in range(2):
        with pytest.raises(LookupError):
            entry(Failing())
        assert len(error.__notes__) == 1


def test_error_that_refuses_notes_passes_through(table):
    """An exception of somebody else's that cannot be told more is not replaced."""

    class RefusingError(Exception):
        def add_note(self, note):
            raise RuntimeError

    class Failing:
        @property
        def thing(self):
            raise RefusingError

    table.reset()
    table.register_user_object(Thing(), X.attr("thing"))
    with pytest.raises(RefusingError):
        table.entry(print, like=like)(Failing())


@pytest.mark.parametrize("value", [5, None, "x"])
def test_fetched_object_that_can_not_be_referenced(table, value):
    """The error names the index; the binding is as before, and the graph does not run."""
    stored, ran = Thing(), []
    table.store(stored)
    with pytest.raises(NotWeakReferenceableError) as caught:
        table.entry(ran.append, like=like)(value)
    assert (caught.value.index, caught.value.operation) == (0, "entry")
    assert type(caught.value.__cause__) is TypeError
    assert table.get(0) is stored
    assert ran == []


def test_type_error_of_the_graph_passes_through(table):
    """A TypeError of the graph's is not taken for one of ours."""

    def graph(x):
        raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        table.entry(graph, like=like)(Thing())


def test_type_error_of_a_source_passes_through(table):
    """A TypeError of the prologue's is not taken for one of ours."""
    table.register_user_object(Thing(), X.call())
    with pytest.raises(TypeError, match="not callable"):
        table.entry(print, like=like)(Thing())
