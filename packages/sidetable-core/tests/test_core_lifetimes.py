"""Dropped tables: no object stays alive, and no later table finds anything."""

from __future__ import annotations

import gc
import weakref
from contextvars import copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import NoBindingError

from .ways_to_bind import BINDINGS, Thing


@pytest.mark.parametrize("edition", ["2026.11", "dynamo-2.13"])
@pytest.mark.parametrize("bind", BINDINGS)
def test_dropped_table_leaves_no_object_alive(bind, edition):
    """Nothing that a table held or bound outlives it."""
    table = SideTable(edition=edition)
    alive = [weakref.ref(thing) for thing in bind(table)]
    table_alive = weakref.ref(table)
    del table
    gc.collect()
    assert table_alive() is None
    assert [reference() for reference in alive] == [None] * len(alive)


@pytest.mark.parametrize("edition", ["2026.11", "dynamo-2.13"])
@pytest.mark.parametrize("bind", BINDINGS)
def test_dropped_table_leaves_no_object_alive_in_copied_contexts(bind, edition):
    """The same while a context is alive that was copied from the one that bound."""
    table = SideTable(edition=edition)
    alive = [weakref.ref(thing) for thing in bind(table)]
    copied = copy_context()
    del table
    gc.collect()
    assert [reference() for reference in alive] == [None] * len(alive)
    assert len(copied) > 0


@pytest.mark.parametrize("bind", BINDINGS)
def test_later_table_finds_nothing_of_an_earlier_one(bind):
    """A new table has no binding, whatever tables before it left in the context."""
    kept = []
    for _ in range(20):
        table = SideTable()
        with pytest.raises(NoBindingError):
            table.get(0)
        assert "0 bound" in table.describe()
        kept += bind(table)


@pytest.mark.parametrize("bind", BINDINGS)
def test_later_table_finds_nothing_in_the_contexts_of_an_earlier_one(bind):
    """The same in contexts that were copied while the earlier table was bound."""
    kept, contexts = [], []
    for _ in range(20):
        table = SideTable()
        for context in contexts:
            with pytest.raises(NoBindingError):
                context.run(table.get, 0)
        kept += bind(table)
        contexts.append(copy_context())


def test_binding_outlives_its_variable_in_no_context():
    """A table's variable is not used again while any context has one of its bindings."""
    table, thing = SideTable(), Thing()
    table.store(thing)
    copied = copy_context()
    del table
    gc.collect()
    tables = [SideTable() for _ in range(20)]
    for table in tables:
        with pytest.raises(NoBindingError):
            copied.run(table.get, 0)
