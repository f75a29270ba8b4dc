"""Entry functions that are called again: no call finds what another one fetched."""

from __future__ import annotations

import gc
import weakref
from contextvars import copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource, NotWeakReferenceableError


class Thing:
    """An object that can be weakly referenced, and equal to every other."""

    def __eq__(self, other):
        return isinstance(other, Thing)

    def __hash__(self):
        return 0


def like(x):
    """The function that entry functions here stand for."""


@pytest.fixture
def table():
    """A table whose index 0 is the parameter `x`."""
    table = SideTable("streams")
    table.register_user_object(Thing(), LocalSource("x"))
    return table


def test_every_call_finds_its_own_objects():
    """Whatever the last call had at an index, this one's object is found there."""
    table, one, other = SideTable(), Thing(), Thing()
    for name in "xy":
        table.register_user_object(one, LocalSource(name))
    entry = table.entry(lambda x, y: (table.get(0), table.get(1)), like=lambda x, y: None)
    for pair in [(one, one), (one, one), (one, other), (other, other), (other, one)]:
        found = entry(*pair)
        assert found[0] is pair[0]
        assert found[1] is pair[1]


def test_calls_keep_nothing_of_each_other_alive(table):
    """An entry function that runs again and again holds no object between its calls."""
    entry, thing = table.entry(lambda x: table.get(0) is x, like=like), Thing()
    alive = weakref.ref(thing)
    assert entry(thing)
    assert entry(thing)
    del thing
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("calls", [0, 1])
def test_none_is_refused_whatever_the_last_call_had(table, calls):
    """None is not what the dead object of an earlier call was."""
    entry = table.entry(lambda x: table.get(0), like=like)
    for _ in range(calls):
        entry(Thing())
    gc.collect()
    with pytest.raises(NotWeakReferenceableError):
        entry(None)


def test_call_inside_itself_finds_its_own_objects(table):
    """The references that an inner call leaves for the next one are not the outer one's."""
    outer, inner = Thing(), Thing()

    def graph(x):
        if x is outer:
            assert entry(inner) is inner
        return table.get(0)

    entry = table.entry(graph, like=like)
    for _ in range(2):
        assert entry(outer) is outer


def test_refused_object_leaves_the_next_call_right(table):
    """An object that cannot be weakly referenced changes nothing for what comes after it."""
    entry, thing = table.entry(lambda x: table.get(0), like=like), Thing()
    assert entry(thing) is thing
    with pytest.raises(NotWeakReferenceableError):
        entry(5)
    assert entry(thing) is thing


def test_call_again_leaves_copied_contexts_alone(table):
    """What a context was copied with is not the next call's, even if that has the same objects."""
    thing, others, copies = Thing(), [Thing()], []
    number = id(others[0])

    def graph(_thing):
        if copies:
            copies[0].run(table.set, 0, others.pop())
        copies.append(copy_context())

    entry = table.entry(graph, like=like)
    entry(thing)
    entry(thing)
    assert id(copies[0].run(table.get, 0)) == number
