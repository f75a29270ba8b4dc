"""Constructors: what each index writes into a codegen, and when."""

from __future__ import annotations

import copy
import gc
import operator
import pickle
from collections.abc import Mapping

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource


class Thing:
    """An object that can be weakly referenced."""


class Index:
    """Is no int, and can be used as an index."""

    def __init__(self, value):
        self._value = value

    def __index__(self):
        return self._value


def construct(index, codegen):
    """Tells the codegen which index it is run for."""
    codegen(("constructed", index))


@pytest.fixture
def table():
    """A table with a user object at 0, one held by frames at 1, a graph-created one at 2."""
    table = SideTable("streams")
    table.register_user_object(Thing(), LocalSource("zero"))
    table.register_user_object(None, LocalSource("one"), hold="frame")
    table.register_graph_created_object(Thing(), construct)
    return table


def written(constructor):
    """What a constructor calls its codegen with."""
    calls = []
    constructor(calls.append)
    return calls


def test_constructors_come_in_index_order(table):
    """Enumerating goes 0, 1, 2, ... over indices, values and items alike."""
    assert list(table.constructors) == [0, 1, 2]
    assert [constructor.index for constructor in table.constructors.values()] == [0, 1, 2]
    assert [index for index, _ in table.constructors.items()] == [0, 1, 2]


def test_user_object_writes_its_very_source():
    """The codegen is called once, with the source that was registered."""
    table, source = SideTable(), LocalSource("self").attr("pool")
    table.register_user_object(Thing(), source)
    calls = written(table.constructors[0])
    assert len(calls) == 1
    assert calls[0] is source


def test_graph_created_object_runs_its_construct_function_each_time(table):
    """The construct function gets its own index and the codegen, each time."""
    constructor = table.constructors[2]
    assert written(constructor) == [("constructed", 2)]
    assert written(constructor) == [("constructed", 2)]


def test_nothing_runs_at_registration():
    """A construct function is called when code is written, never before."""
    table, calls = SideTable(), []
    table.register_graph_created_object(Thing(), lambda *args: calls.append(args))
    assert calls == []
    codegen = object()
    table.constructors[0](codegen)
    assert calls == [(0, codegen)]


def test_each_of_many_has_its_own_index_and_source():
    """No constructor knows another's index or source."""
    table = SideTable()
    for number in range(20):
        table.register_user_object(Thing(), LocalSource(f"x{number}"))
        table.register_graph_created_object(Thing(), construct)
    for number in range(20):
        assert written(table.constructors[2 * number]) == [LocalSource(f"x{number}")]
        assert written(table.constructors[2 * number + 1]) == [("constructed", 2 * number + 1)]


def test_constructors_survive_stores_lookups_and_deaths(table):
    """Only reset takes constructors away."""
    before = dict(table.constructors)
    table.store(Thing())
    gc.collect()
    with pytest.raises(ReferenceError):
        table.get(0)
    assert dict(table.constructors) == before
    table.reset()
    assert dict(table.constructors) == {}


def test_constructors_say_how_their_object_is_held(table):
    """Compilers other than ours can hold what has to be held."""
    holds = [constructor.hold for constructor in table.constructors.values()]
    assert holds == ["weak", "frame", "weak"]


def test_view_is_live_and_read_only(table):
    """The view shows what is registered now, and takes no assignment."""
    view = table.constructors
    assert isinstance(view, Mapping)
    assert len(view) == 3
    table.register_user_object(Thing(), LocalSource("three"))
    assert len(view) == 4
    assert 3 in view
    with pytest.raises(TypeError):
        view[0] = None
    with pytest.raises(TypeError):
        del view[0]
    table.reset()
    assert len(view) == 0
    assert not view


def test_constructors_are_values_that_can_not_be_changed(table):
    """A constructor is compared by content, and frozen."""
    constructor = table.constructors[0]
    assert constructor == table.constructors[0]
    assert hash(constructor) == hash(table.constructors[0])
    assert constructor != table.constructors[1]
    assert constructor != "fetched"
    with pytest.raises(AttributeError, match="index"):
        constructor.index = 5
    with pytest.raises(AttributeError, match="index"):
        del constructor.index


def test_a_constructor_shows_what_it_holds(table):
    """By field, in the order of its arguments."""
    expected = """SourceConstructor(index=0, source=LocalSource("zero"), hold='weak')"""
    assert repr(table.constructors[0]) == expected


def test_constructors_of_sources_pickle(table):
    """What crosses processes is the sources, and a constructor has nothing else."""
    constructor = table.constructors[0]
    assert pickle.loads(pickle.dumps(constructor)) == constructor
    assert copy.deepcopy(constructor) == constructor


@pytest.mark.parametrize("index", [-1, 3, 10**30, "0", None, 0.0, Index(3)])
def test_what_is_no_index_is_a_key_error(table, index):
    """A missing index is a KeyError like any mapping's, whatever its type."""
    assert index not in table.constructors
    assert table.constructors.get(index) is None
    with pytest.raises(KeyError):
        operator.getitem(table.constructors, index)


def test_anything_with_index_is_an_index(table):
    """The view takes whatever the table takes for an index."""
    assert table.constructors[Index(2)] == table.constructors[2]
    assert table.constructors[True].source == LocalSource("one")


def test_run_goes_over_those_that_were_there_when_it_began():
    """A construct function that registers another object does not prolong the run."""
    table, ran = SideTable(), []

    def construct_and_register(index, codegen):
        ran.append(index)
        table.register_graph_created_object(Thing(), construct_and_register)

    for _ in range(3):
        table.register_graph_created_object(Thing(), construct_and_register)
    for constructor in table.constructors.values():
        constructor(None)
    assert ran == [0, 1, 2]
    assert list(table.constructors) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["keys", "items", "values"])
def test_a_reset_in_the_middle_of_an_iteration(table, name):
    """It goes on over those that were there when it began, and the view itself is empty."""
    view = getattr(table.constructors, name)()
    expected, seen = list(view), []
    for each in view:
        seen.append(each)
        table.reset()
    assert len(seen) == 3
    assert seen == expected
    assert list(view) == []


def test_a_value_is_looked_for_among_the_constructors(table):
    """By what it is equal to, as in any mapping."""
    zero, one, _ = table.constructors.values()
    table.reset()
    table.register_user_object(Thing(), LocalSource("zero"))
    assert zero in table.constructors.values()
    assert one not in table.constructors.values()


def test_entry_goes_over_those_that_were_there_when_it_was_made():
    """The same for an entry function: what is registered meanwhile is not in it."""
    table = SideTable()

    def construct_and_register(index, codegen):
        table.register_user_object(Thing(), LocalSource("nowhere"))
        codegen.load_local("x")

    table.register_graph_created_object(Thing(), construct_and_register)
    entry = table.entry(lambda x: table.get(0), like=lambda x: None)
    thing = Thing()
    assert entry(thing) is thing
    assert len(table.constructors) == 2


def test_entry_is_made_although_a_construct_function_resets():
    """The constructors that there were are all run, whatever happens to the table meanwhile."""
    table = SideTable()

    def construct_and_reset(index, codegen):
        table.reset()
        codegen.load_local("x")

    for _ in range(3):
        table.register_graph_created_object(Thing(), construct_and_reset)
    entry = table.entry(lambda x: table.get(2), like=lambda x: None)
    thing = Thing()
    assert entry(thing) is thing


def test_error_of_a_construct_function_reaches_the_caller():
    """What a construct function raises is not replaced, and the table is as before."""
    table = SideTable()

    def broken(index, codegen):
        raise ZeroDivisionError

    table.register_graph_created_object(Thing(), broken)
    with pytest.raises(ZeroDivisionError):
        table.constructors[0](None)
    with pytest.raises(ZeroDivisionError):
        table.entry(print, like=lambda: None)
    assert len(table.constructors) == 1


def test_view_shows_itself(table):
    """The repr names the table and counts, and calls nothing of the objects'."""
    assert "streams" in repr(table.constructors)
    assert "3" in repr(table.constructors)
