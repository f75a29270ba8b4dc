"""KeyboardInterrupt at every moment of an operation: all of it has happened, or nothing."""

from __future__ import annotations

import weakref
from contextvars import copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def construct(index, codegen):
    """A construct function that is not run here."""


def look(table, *indices):
    """What these indices find; the name of the error where they find nothing."""
    found = []
    for index in indices:
        try:
            found.append(table.get(index))
        except (LookupError, ReferenceError) as error:
            found.append(type(error).__name__)
    return found


EDITIONS = pytest.mark.parametrize("edition", ["2026.11", "dynamo-2.13"])


@EDITIONS
@pytest.mark.parametrize("start", ["fresh", "registered", "stored", "in a frame"])
def test_register(moments, edition, start):
    """An interrupted registration has happened, or has not."""

    def scenario():
        table, things, new = SideTable(edition=edition), [Thing(), Thing()], Thing()
        count = 0 if start == "fresh" else len(things)
        for thing in things[:count]:
            table.register_user_object(thing, SOURCE)
        if start == "stored":
            table.store(*things)
        frame = table.frame(*things).__enter__() if start == "in a frame" else None
        before = look(table, 0, 1, 2)
        yield (lambda: table.register_user_object(new, SOURCE),)
        done = len(table.constructors) > count
        after = [*before[:count], new, *before[count + 1 :]]
        if start == "fresh":
            after[1:] = ["IndexNotRegisteredError"] * 2
        assert look(table, 0, 1, 2) == (after if done else before)
        assert table.has_user_objects() == (count + done > 0)
        assert table.register_user_object(new, SOURCE) == count + done
        del frame

    moments.each(scenario)


@EDITIONS
@pytest.mark.parametrize("stored", [False, True])
def test_register_in_a_context_that_registers_first(moments, edition, stored):
    """An interrupted registration does not show a context what others registered."""

    def scenario():
        table, thing, new = SideTable(edition=edition), Thing(), Thing()
        copy_context().run(table.register_user_object, thing, SOURCE)
        if stored:
            table.store(thing)
        before = look(table, 0, 1)
        yield (lambda: table.register_user_object(new, SOURCE),)
        after = [thing, new]
        assert look(table, 0, 1) == (before if len(table.constructors) == 1 else after)

    moments.each(scenario)


@EDITIONS
@pytest.mark.parametrize("stored", [False, True])
def test_register_graph_created(moments, edition, stored):
    """What an interrupted registration keeps alive has an index, and the reverse."""

    def scenario():
        table, hand = SideTable(edition=edition), [Thing()]
        if stored:
            table.store()
        alive = weakref.ref(hand[0])
        yield (lambda: table.register_graph_created_object(hand[0], construct),)
        done = len(table.constructors) == 1
        assert (look(table, 0) == hand) == done
        hand.clear()
        assert (alive() is not None) == done

    moments.each(scenario)


def test_failed_registration(moments):
    """An interrupted failing registration leaves nothing behind in 2026.11."""

    def scenario():
        table, thing = SideTable(), Thing()
        table.register_user_object(thing, SOURCE)

        def operation():
            with pytest.raises(RuntimeError):
                table.register_graph_created_object(5, construct)

        yield (operation,)
        assert len(table.constructors) == 1
        assert look(table, 0) == [thing]

    moments.each(scenario)


@EDITIONS
@pytest.mark.parametrize("start", ["fresh", "registered", "stored", "in a frame"])
def test_store(moments, edition, start):
    """An interrupted store has bound everything, or nothing."""

    def scenario():
        table, things, new = SideTable(edition=edition), [Thing(), Thing()], [Thing(), Thing()]
        if start == "registered":
            for thing in things:
                table.register_user_object(thing, SOURCE)
        if start == "stored":
            table.store(*things)
        frame = table.frame(*things).__enter__() if start == "in a frame" else None
        before = look(table, 0, 1)
        yield (lambda: table.store(*new),)
        assert look(table, 0, 1) in (before, new)
        del frame

    moments.each(scenario)


@pytest.mark.parametrize("start", ["registered", "stored"])
def test_failing_store(moments, start):
    """An interrupted failing store leaves the binding whole in 2026.11."""

    def scenario():
        table, thing = SideTable(), Thing()
        table.register_user_object(thing, SOURCE)
        if start == "stored":
            table.store(thing)

        def operation():
            with pytest.raises(TypeError):
                table.store(Thing(), 5)

        yield (operation,)
        assert look(table, 0) == [thing]

    moments.each(scenario)


@EDITIONS
@pytest.mark.parametrize("start", ["registered", "stored", "in a frame"])
def test_set(moments, edition, start):
    """An interrupted set has put its value in, or lets it go."""

    def scenario():
        table, things, hand = SideTable(edition=edition), [Thing(), Thing()], [Thing()]
        if start == "registered":
            for thing in things:
                table.register_user_object(thing, SOURCE)
        if start == "stored":
            table.store(*things)
        frame = table.frame(*things).__enter__() if start == "in a frame" else None
        alive = weakref.ref(hand[0])
        yield (lambda: table.set(1, hand[0]),)
        done = table.get(1) is hand[0]
        assert look(table, 0, 1) == [things[0], hand[0] if done else things[1]]
        hand.clear()
        assert (alive() is not None) == done
        del frame

    moments.each(scenario)


@EDITIONS
@pytest.mark.parametrize("start", ["registered", "stored", "in a frame"])
def test_reset(moments, edition, start):
    """An interrupted reset has ended everything, for everybody, or nothing."""

    def scenario():
        table, things, kept = SideTable(edition=edition), [Thing(), Thing()], Thing()
        for thing in things:
            table.register_user_object(thing, SOURCE)
        table.register_graph_created_object(kept, construct)
        alive = weakref.ref(kept)
        del kept
        copied = copy_context()
        if start == "stored":
            table.store(*things)
        frame = table.frame(*things).__enter__() if start == "in a frame" else None
        yield (table.reset,)
        done = not table.has_user_objects()
        if frame is not None:
            assert look(table, 0, 1) == things
            frame.__exit__(None, None, None)
        found = [] if done else things
        assert [thing for thing in look(table, 0, 1) if type(thing) is Thing] == found
        assert [thing for thing in copied.run(look, table, 0, 1) if type(thing) is Thing] == found
        assert len(table.constructors) == (0 if done else 3)
        assert (alive() is None) == done
        assert table.register_user_object(things[0], SOURCE) == (0 if done else 3)

    moments.each(scenario)


def test_making_a_table(moments):
    """An interrupt while a table is made leaves nothing that a later one finds."""

    def scenario():
        tables = []
        yield (lambda: tables.append(SideTable()),)
        tables.clear()
        table, thing = SideTable(), Thing()
        assert look(table, 0) == ["NoBindingError"]
        table.store(thing)
        SideTable().store(Thing())
        assert table.get(0) is thing

    moments.each(scenario)


def test_first_binding_after_dropped_tables(moments):
    """An interrupt while room is made for a binding takes nobody else's away."""

    def scenario():
        living, thing, new = SideTable(), Thing(), Thing()
        living.store(thing)
        dropped = [SideTable() for _ in range(3)]
        for table in dropped:
            table.store(thing)
        dropped = table = None
        table = SideTable()
        yield (lambda: table.store(new),)
        assert living.get(0) is thing
        assert look(table, 0) in ([new], ["NoBindingError"])
        for _ in range(5):
            assert look(SideTable(), 0) == ["NoBindingError"]

    moments.each(scenario)
