"""Many tables: no context grows, no memory is lost, no table finds another's objects."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, ContextVar, copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import NoBindingError

from .ways_to_bind import BINDINGS, Thing, entry, put_in


def many(bind):
    """How many tables show a growth: fewer where making one takes long."""
    return 80 if bind is entry else 1500


def in_fresh_context(work, *arguments):
    """Runs something in a fresh context, and returns how many variables the context has then."""
    context = Context()
    context.run(work, *arguments)
    return len(context)


@pytest.mark.parametrize("bind", BINDINGS)
def test_contexts_do_not_grow(bind):
    """A context that many tables were bound in is not larger than one that few were."""

    def work():
        for _ in range(many(bind)):
            bind(SideTable())

    gc.collect()
    assert in_fresh_context(work) <= 3


@pytest.mark.parametrize("bind", BINDINGS)
def test_contexts_that_bind_for_tables_of_others_do_not_grow(bind):
    """A context that only binds tables which were made and are dropped elsewhere stays small."""
    gc.collect()  # what other tests left may end in this context
    context, largest = Context(), 0
    for _ in range(200):
        table = SideTable()
        context.run(bind, table)
        del table
        largest = max(largest, len(context))
    assert largest <= 3


def test_context_is_bounded_by_the_tables_alive_at_once():
    """What the dead leave behind is no more than was alive at once."""

    def work():
        for _ in range(20):
            tables = [SideTable() for _ in range(10)]
            for table in tables:
                table.store(Thing())
            del table

    assert in_fresh_context(work) <= 25


def test_variables_of_the_living_are_left_alone():
    """Making room never takes a living table's binding away, in any context."""
    living, thing = [SideTable() for _ in range(5)], Thing()
    for table in living:
        table.store(thing)
    copied = copy_context()
    for _ in range(50):
        for table in [SideTable(), SideTable()]:
            table.store(Thing())
        assert all(table.get(0) is thing for table in living)
        assert all(copied.run(table.get, 0) is thing for table in living)


def test_other_peoples_variables_are_left_alone():
    """Making room touches nothing that is not ours."""

    class Liar(tuple):
        __slots__ = ()

        def __getitem__(self, index):
            raise AssertionError

        __len__ = __iter__ = __eq__ = __hash__ = __getitem__

    dropped = SideTable()
    anchor = dropped._state.anchor
    dropped.store(Thing())
    lookalike = (compile("", "", "exec").replace(co_name=anchor.co_name), [])
    del dropped
    values = [None, (), (1, 2), [1], Liar((1, 2)), ((1,), []), lookalike]
    variables = [ContextVar(str(number)) for number in range(len(values))]
    for variable, value in zip(variables, values, strict=True):
        variable.set(value)
    for _ in range(10):
        SideTable().store(Thing())
    for variable, value in zip(variables, values, strict=True):
        assert variable.get() is value


@pytest.mark.parametrize("bind", BINDINGS)
def test_memory_does_not_grow(bind):
    """Many tables made, bound and dropped leave no block of memory behind."""

    def work():
        for _ in range(many(bind)):
            bind(SideTable())
        gc.collect()
        return sys.getallocatedblocks()

    context = Context()
    before = context.run(work)
    after = context.run(work)
    # Where coverage is measured, it keeps a little for each entry function's file.
    assert after - before < many(bind) * (4 if bind is entry else 0.1)


def test_tables_made_here_and_dropped_elsewhere():
    """A table that another thread drops leaves no object alive, and nothing to be found."""
    alive = []
    with ThreadPoolExecutor(1) as pool:
        for _ in range(100):
            tables = [SideTable()]
            alive += [weakref.ref(thing) for thing in put_in(tables[0])]
            alive += [weakref.ref(thing) for thing in pool.submit(put_in, tables[0]).result()]
            pool.submit(tables.clear).result()
        gc.collect()
        assert [reference() for reference in alive if reference() is not None] == []
        with pytest.raises(NoBindingError):
            SideTable().get(0)
        assert isinstance(pool.submit(SideTable().get, 0).exception(), NoBindingError)


def test_tables_made_and_dropped_in_many_threads():
    """Threads that make and drop tables at once never find each other's objects."""
    wrong = []

    def work():
        for _ in range(100):
            table, thing = SideTable(), Thing()
            try:
                table.get(0)
            except NoBindingError:
                pass
            else:
                wrong.append(1)
            table.store(thing)
            table.set(0, thing)
            if table.get(0) is not thing:
                wrong.append(2)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
