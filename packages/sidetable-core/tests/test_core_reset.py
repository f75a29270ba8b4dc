"""Resetting: what ends, and what goes on."""

from __future__ import annotations

import gc
import weakref
from contextvars import copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource, NoBindingError

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def construct(index, codegen):
    """A construct function that is not run here."""


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable(edition=request.param)


@pytest.mark.parametrize("stored", [False, True])
def test_reset_forgets_everything(table, stored):
    """Bindings, constructors, keep-alive, numbering and presence all end."""
    thing, kept = Thing(), Thing()
    alive = weakref.ref(kept)
    table.register_user_object(thing, SOURCE)
    table.register_graph_created_object(kept, construct)
    del kept
    if stored:
        table.store(thing, thing, thing)
    assert table.reset() is None
    gc.collect()
    assert alive() is None
    assert table.has_user_objects() is False
    assert dict(table.constructors) == {}
    for index in range(3):
        with pytest.raises(NoBindingError):
            table.get(index)
    assert table.register_user_object(thing, SOURCE) == 0
    assert table.get(0) is thing


def test_reset_is_idempotent(table):
    """A reset of a fresh table, and another one, change nothing."""
    table.reset()
    table.reset()
    assert table.has_user_objects() is False
    assert table.register_user_object(Thing(), SOURCE) == 0


def test_reset_ends_a_bare_store(table):
    """What was stored without any registration is forgotten too."""
    thing = Thing()
    table.store(thing)
    table.reset()
    with pytest.raises(NoBindingError):
        table.get(0)


def test_reset_ends_trace_time_references_everywhere(table):
    """A context that shares the trace-time references finds nothing after the reset."""
    thing = Thing()
    table.register_user_object(thing, SOURCE)
    copied = copy_context()
    table.reset()
    with pytest.raises(LookupError):
        copied.run(table.get, 0)


def test_reset_elsewhere_keeps_what_was_stored_here(table):
    """Other contexts' bindings stay: old entry functions run on while new graphs are traced."""
    thing = Thing()
    table.register_user_object(thing, SOURCE)
    table.store(thing)
    copy_context().run(table.reset)
    assert table.get(0) is thing
    assert table.has_user_objects() is False


def test_context_of_before_a_reset_registers_anew(table):
    """What a context had before another one's reset does not mix with what comes after."""
    old, new, other = Thing(), Thing(), Thing()
    table.register_user_object(old, SOURCE)
    copied = copy_context()
    table.reset()
    table.register_user_object(other, SOURCE)
    assert copied.run(table.register_user_object, new, SOURCE) == 1
    assert copied.run(table.get, 1) is new


def test_open_frame_keeps_its_binding(table):
    """Inside a frame, its objects are found after a reset too; afterwards nothing is."""
    thing, other = Thing(), Thing()
    table.register_user_object(other, SOURCE)
    with table.frame(thing):
        table.reset()
        assert table.get(0) is thing
        assert table.has_user_objects() is False
    with pytest.raises(LookupError):
        table.get(0)


def test_running_entry_keeps_its_binding(table):
    """A graph finds its objects although the table is reset while it runs."""
    thing = Thing()
    table.register_user_object(thing, SOURCE)

    def graph(x):
        table.reset()
        return table.get(0)

    entry = table.entry(graph, like=lambda x: None)
    assert entry(thing) is thing


def test_entry_works_after_reset(table):
    """An entry function has its own copy of all that it needs."""
    thing, other = Thing(), Thing()
    table.register_user_object(thing, SOURCE)
    entry = table.entry(lambda x: table.get(0), like=lambda x: None)
    table.reset()
    table.register_user_object(other, LocalSource("elsewhere"))
    assert entry(thing) is thing
    assert table.get(0) is other


def test_entry_holds_what_has_to_be_held_after_reset():
    """An entry function remembers which indices are held by frames."""
    table = SideTable()
    table.register_user_object(1, SOURCE, hold="frame")
    entry = table.entry(lambda x: table.get(0), like=lambda x: None)
    table.reset()
    assert entry(5) == 5


def test_reset_in_a_context_copied_from_an_ended_frame(table):
    """A frame that has ended is not open, so its binding ends with a reset as any other."""
    thing = Thing()
    with table.frame(Thing()):
        copied = copy_context()
    copied.run(table.store, thing)
    copied.run(table.reset)
    with pytest.raises(NoBindingError):
        copied.run(table.get, 0)


def test_reset_in_a_context_copied_from_an_ended_entry_call(table):
    """An entry call that has ended is not running, so its binding ends with a reset."""
    thing, copies = Thing(), []
    table.register_user_object(thing, SOURCE)
    table.entry(lambda x: copies.append(copy_context()), like=lambda x: None)(thing)
    copies[0].run(table.store, thing)
    copies[0].run(table.reset)
    with pytest.raises(NoBindingError):
        copies[0].run(table.get, 0)


def test_reset_does_not_touch_another_table(table):
    """Two tables share nothing."""
    other, thing = SideTable(), Thing()
    for each in (table, other):
        each.register_user_object(thing, SOURCE)
    table.reset()
    assert other.get(0) is thing
    assert other.has_user_objects()
