"""Looking up: which object an index finds, and where it finds none."""

from __future__ import annotations

import gc
import weakref

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    IndexNotRegisteredError,
    LocalSource,
    NoBindingError,
    ObjectNotAliveError,
)

SOURCE = LocalSource("self").attr("pool")


class Thing:
    """An object that can be weakly referenced."""


class Hostile:
    """An object whose every answer is an error."""

    def __getattribute__(self, name):
        raise RuntimeError

    def __call__(self):
        raise RuntimeError

    __bool__ = __len__ = __call__
    __eq__ = __ne__ = __hash__ = __repr__ = __str__ = __getattribute__


class Nothing:
    """An object that is false, empty, and equal to None."""

    def __bool__(self):
        return False

    def __len__(self):
        return 0

    def __eq__(self, other):
        return other is None

    __hash__ = None


class Index:
    """Is no int, and can be used as an index."""

    def __init__(self, value):
        self._value = value

    def __index__(self):
        return self._value


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("pools", edition=request.param)


def test_finds_the_very_object_before_and_after_a_store(table):
    """An index finds what it was registered with until a store, then what was stored."""
    thing, other = Thing(), Thing()
    table.register_user_object(thing, SOURCE)
    assert table.get(0) is thing
    table.store(other)
    assert table.get(0) is other


@pytest.mark.parametrize("kind", ["hostile", "nothing"])
@pytest.mark.parametrize("bind", ["register", "store", "frame", "set"])
def test_hostile_objects_are_found_unasked(table, bind, kind):
    """Finding an object runs none of its code, and falsehood is not death."""
    thing = Hostile() if kind == "hostile" else Nothing()
    if bind == "register":
        table.register_user_object(thing, SOURCE)
    elif bind == "store":
        table.store(thing)
    elif bind == "set":
        table.store(Thing())
        table.set(0, thing)
    else:
        with table.frame(thing):
            assert table.get(0) is thing
        return
    assert table.get(0) is thing


def test_lookup_changes_nothing(table):
    """Looking up repeatedly, in any order, finds the same."""
    things = [Thing() for _ in range(3)]
    table.store(*things)
    for index in (2, 0, 0, 1, 2, 2, 1):
        assert table.get(index) is things[index]


def test_lookup_does_not_extend_life(table):
    """Once the caller drops the result, the object can die."""
    thing = Thing()
    alive = weakref.ref(thing)
    table.store(thing)
    assert table.get(0) is thing
    del thing
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("index", [0, 1, 7, 10**6, 10**30])
def test_fresh_table_has_no_binding(table, index):
    """A context that never bound anything has no binding at all, and the error says so."""
    with pytest.raises(NoBindingError, match="pools"):
        table.get(index)


@pytest.mark.parametrize("index", [2, 3, 10**6, 10**30])
@pytest.mark.parametrize("bind", ["register", "store", "frame"])
def test_past_the_end_is_not_registered(table, bind, index):
    """An index that was never bound is an error that says how many there are."""
    things = [Thing(), Thing()]
    if bind == "register":
        for thing in things:
            table.register_user_object(thing, SOURCE)
        with pytest.raises(IndexNotRegisteredError) as caught:
            table.get(index)
        assert caught.value.registered == 2
    elif bind == "store":
        table.store(*things)
        with pytest.raises(IndexNotRegisteredError) as caught:
            table.get(index)
    else:
        with table.frame(*things), pytest.raises(IndexNotRegisteredError) as caught:
            table.get(index)
    assert caught.value.index == index
    assert caught.value.bound == 2


@pytest.mark.parametrize("index", [-1, -2, -(10**30)])
@pytest.mark.parametrize("bind", ["nothing", "register", "store", "frame"])
def test_negative_is_an_error(table, bind, index):
    """-1 is not the last object."""
    things = [Thing(), Thing()]
    if bind == "register":
        for thing in things:
            table.register_user_object(thing, SOURCE)
    elif bind == "store":
        table.store(*things)
    elif bind == "frame":
        with table.frame(*things), pytest.raises(IndexNotRegisteredError):
            table.get(index)
        return
    with pytest.raises(LookupError):
        table.get(index)


@pytest.mark.parametrize("bind", ["register", "store"])
def test_dead_is_an_error_and_spares_others(table, bind):
    """An object that died is an error, and its neighbours are found."""
    things = [Thing(), Thing(), Thing()]
    if bind == "register":
        for thing in things:
            table.register_user_object(thing, SOURCE)
    else:
        table.store(*things)
    things[1] = thing = None
    gc.collect()
    with pytest.raises(ObjectNotAliveError) as caught:
        table.get(1)
    assert caught.value.index == 1
    assert table.get(0) is things[0]
    assert table.get(2) is things[2]


def test_death_and_absence_are_told_apart_by_type(table):
    """Each is a builtin that a caller would guess, and an AssertionError as in PyTorch."""
    table.store(Thing())
    gc.collect()
    with pytest.raises(ReferenceError) as died:
        table.get(0)
    with pytest.raises(LookupError) as absent:
        table.get(1)
    assert isinstance(died.value, AssertionError)
    assert isinstance(absent.value, AssertionError)
    assert not isinstance(died.value, LookupError)
    assert not isinstance(absent.value, ReferenceError)


@pytest.mark.parametrize("index", [0.0, 1.5, -0.5, "0", None, (), 0j, set(), Thing()])
@pytest.mark.parametrize("bound", [False, True])
def test_what_is_no_integer_is_a_type_error(table, index, bound):
    """Only what has `__index__` is an index, whatever is bound."""
    things = [Thing(), Thing()]
    if bound:
        table.store(*things)
    with pytest.raises(TypeError):
        table.get(index)


@pytest.mark.parametrize("index", [Index(1), True])
def test_anything_with_index_is_an_index(table, index):
    """What has `__index__` finds the object, before and after a store."""
    things = [Thing(), Thing()]
    for thing in things:
        table.register_user_object(thing, SOURCE)
    assert table.get(index) is things[1]
    table.store(*reversed(things))
    assert table.get(index) is things[0]


@pytest.mark.parametrize("value", [-1, -2, 5])
def test_what_has_index_is_checked_like_an_int(table, value):
    """An index that is no int is neither negative nor past the end."""
    table.store(Thing(), Thing())
    with pytest.raises(IndexNotRegisteredError) as caught:
        table.get(Index(value))
    assert caught.value.index == value


def test_index_can_be_given_by_name(table):
    """PyTorch's function calls its parameter `index`."""
    thing = Thing()
    table.store(thing)
    assert table.get(index=0) is thing


def descend(table, thing):
    """Looks up at every depth, until there is no stack left."""
    assert table.get(0) is thing
    descend(table, thing)


def test_lookup_at_the_end_of_the_stack_is_no_wrong_answer(table):
    """Running out of stack is a RecursionError, and nothing is lost."""
    thing = Thing()
    table.store(thing)
    with pytest.raises(RecursionError):
        descend(table, thing)
    assert table.get(0) is thing
