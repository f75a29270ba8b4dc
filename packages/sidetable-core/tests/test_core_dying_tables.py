"""Tables in cycles, and finalizers that use a table which is collected with them."""

from __future__ import annotations

import gc
import weakref
from contextvars import copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import NoBindingError

from .ways_to_bind import BINDINGS, SOURCE, Thing, construct


@pytest.mark.parametrize("around", ["frame", "entry"])
def test_dropped_table_leaves_nothing_in_contexts_copied_from_a_call(around):
    """What was set in a copied context, after the frame or call ended, goes with the table."""
    table, thing, value, copies = SideTable(), Thing(), Thing(), []
    if around == "frame":
        with table.frame(thing):
            copies.append(copy_context())
    else:
        table.entry(lambda: copies.append(copy_context()), like=lambda: None)()
    copies[0].run(table.store, thing)
    copies[0].run(table.set, 0, value)
    alive = weakref.ref(value)
    del table, value
    gc.collect()
    assert alive() is None


def test_table_in_a_cycle_is_collected():
    """A kept object that refers to its table does not keep it for ever."""
    table, thing = SideTable(), Thing()
    thing.table = table
    table.register_graph_created_object(thing, construct)
    alive = weakref.ref(table), weakref.ref(thing)
    del table, thing
    gc.collect()
    assert [reference() for reference in alive] == [None, None]


@pytest.mark.parametrize("keep", ["kept", "cycle"])
@pytest.mark.parametrize("first", ["table", "owner"])
@pytest.mark.parametrize("bind", BINDINGS)
def test_finalizer_that_uses_its_own_dying_table(bind, first, keep):
    """What a finalizer binds in a table that is collected with it, no later table finds."""
    kept = []

    class Owner:
        def __del__(self):
            kept.extend(bind(self.table))

    def leave_a_cycle():
        table = SideTable() if first == "table" else None
        owner = Owner()
        table = table or SideTable()
        owner.table = table
        if keep == "kept":
            table.register_graph_created_object(owner, construct)
        else:
            owner.cycle = [owner, table]

    for _ in range(5):
        leave_a_cycle()
        gc.collect()
        assert kept
        for table in [SideTable() for _ in range(5)]:
            with pytest.raises(NoBindingError):
                table.get(0)
    living, thing = SideTable(), Thing()
    living.store(thing)
    for _ in range(5):
        SideTable().store(Thing())
    assert living.get(0) is thing


def test_finalizer_that_saves_its_own_dying_table():
    """A table that comes back in the middle of its collection can still be used."""
    saved, thing = [], Thing()

    class Owner:
        def __del__(self):
            saved.append(self.table)

    owner, table = Owner(), SideTable()
    owner.table, owner.cycle = table, [owner, table]
    del owner, table
    gc.collect()
    (table,) = saved
    table.store(thing)
    for _ in range(5):
        other = SideTable()
        with pytest.raises(NoBindingError):
            other.get(0)
        other.store(Thing())
    assert table.get(0) is thing
    assert table.register_user_object(thing, SOURCE) == 0


def test_dropped_registrations_hold_no_source():
    """A context that shared trace-time references holds no source when the table is gone."""

    class Foreign:
        def reconstruct(self, codegen):
            """Writes nothing."""

    table, source = SideTable(edition="dynamo-2.13"), Foreign()
    alive = weakref.ref(source)
    table.register_user_object(Thing(), source)
    del source, table
    gc.collect()
    assert alive() is None
