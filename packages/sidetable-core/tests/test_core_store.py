"""Storing: the whole binding of a context, replaced at once."""

from __future__ import annotations

import gc
import weakref

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource, NotWeakReferenceableError

SOURCE = LocalSource("x")


def type_of(value):
    """What a value is called in the names of tests."""
    return type(value).__name__


class Thing:
    """An object that can be weakly referenced."""


class Equal(Thing):
    """Equal to every other of its class."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class Hostile:
    """Cannot be weakly referenced, nor shown."""

    __slots__ = ()

    def __getattribute__(self, name):
        raise RuntimeError

    __repr__ = __str__ = __hash__ = __eq__ = __getattribute__


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("streams", edition=request.param)


def lost(table, *indices):
    """Whether none of the indices finds anything."""
    for index in indices:
        try:
            table.get(index)
        except (LookupError, ReferenceError):
            continue
        return False
    return True


def test_position_is_the_index(table):
    """The n-th argument is found at n, with nothing registered and with anything."""
    things = [Thing() for _ in range(3)]
    table.store(*things)
    assert [table.get(index) for index in range(3)] == things


def test_store_replaces_all(table):
    """Nothing of the previous binding is found, also when fewer objects are stored."""
    old, new = [Thing() for _ in range(3)], Thing()
    table.store(*old)
    table.store(new)
    assert table.get(0) is new
    assert lost(table, 1, 2)


def test_store_replaces_what_registering_bound(table):
    """The objects of registration are no longer found; the stored ones are."""
    registered, new = [Thing(), Thing()], Thing()
    for thing in registered:
        table.register_user_object(thing, SOURCE)
    table.store(new)
    assert table.get(0) is new
    assert lost(table, 1)


def test_store_of_nothing_clears(table):
    """Every lookup is an error afterwards."""
    things = [Thing(), Thing()]
    table.store(*things)
    table.store()
    assert lost(table, 0, 1)


def test_duplicates_are_kept(table):
    """One object at two positions is found at both, and equal objects stay distinct."""
    one, other = Equal(), Equal()
    table.store(one, other, one)
    assert table.get(0) is one
    assert table.get(1) is other
    assert table.get(2) is one


def test_store_holds_weakly(table):
    """Storing keeps nothing alive, not until the next store and not for a moment."""
    things = [Thing(), Thing()]
    alive = [weakref.ref(thing) for thing in things]
    table.store(*things, Thing())
    assert lost(table, 2)
    del things
    gc.collect()
    assert [reference() for reference in alive] == [None, None]


def test_store_leaves_registrations_alone(table):
    """Constructors, their order, the next index, presence and keep-alive are untouched."""
    kept = Thing()
    alive = weakref.ref(kept)
    table.register_user_object(kept, SOURCE)
    table.register_graph_created_object(kept, print)
    before = dict(table.constructors)
    del kept
    table.store()
    gc.collect()
    assert dict(table.constructors) == before
    assert table.has_user_objects()
    assert alive() is not None
    assert table.register_user_object(Thing(), SOURCE) == 2


def test_large_store(table):
    """A large binding has everything in its place."""
    things = [Thing() for _ in range(65_536)]
    table.store(*things)
    for index in (0, 32_768, 65_535):
        assert table.get(index) is things[index]
    assert lost(table, 65_536)


@pytest.mark.parametrize("count", range(7))
def test_store_over_as_many_others(table, count):
    """However few there are, the objects of the last store are found, and no others."""
    old, new = ([Thing() for _ in range(count)] for _ in range(2))
    table.store(*old)
    table.store(*new)
    assert [table.get(index) for index in range(count)] == new
    assert lost(table, count)


@pytest.mark.parametrize("position", range(3))
def test_store_over_the_same_but_one(table, position):
    """One object that changed is found, wherever it stands, and so are those that did not."""
    things = [Thing() for _ in range(3)]
    table.store(*things)
    things[position] = Thing()
    table.store(*things)
    assert [table.get(index) for index in range(3)] == things


def test_store_of_the_same_again(table):
    """Nothing changes, and still nothing is kept alive."""
    things = [Thing(), Equal()]
    alive = [weakref.ref(thing) for thing in things]
    for _ in range(3):
        table.store(*things)
        assert [table.get(index) for index in range(2)] == things
    del things
    gc.collect()
    assert [reference() for reference in alive] == [None, None]
    assert lost(table, 0, 1)


def test_store_of_what_is_equal(table):
    """An object that is only equal to the one that is bound takes its place."""
    things = [Equal(), Equal()]
    for thing in things:
        table.store(thing)
        assert table.get(0) is thing


def test_store_over_the_dead(table):
    """None is not what a dead object's index means: it cannot be stored there either."""
    table.store(Thing())
    gc.collect()
    with pytest.raises(NotWeakReferenceableError):
        table.store(None)


def test_store_of_the_same_inside_a_frame(table):
    """It is gone with the frame all the same."""
    outer, inner = Thing(), Thing()
    table.store(outer)
    for _ in range(2):
        with table.frame(inner):
            table.store(inner)
            table.store(inner)
            assert table.get(0) is inner
        assert table.get(0) is outer


def test_store_returns_nothing(table):
    """The return value is None."""
    assert table.store(Thing()) is None


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("value", [1, "x", None, object()], ids=type_of)
def test_what_can_not_be_referenced_is_a_type_error(table, position, value):
    """The error names the first bad argument's index and type, and has the cause."""
    things = [Thing(), Thing(), Thing()]
    arguments = list(things)
    arguments[position] = value
    with pytest.raises(NotWeakReferenceableError) as caught:
        table.store(*arguments, 5)
    assert isinstance(caught.value, TypeError)
    assert type(caught.value.__cause__) is TypeError
    assert caught.value.index == position
    assert caught.value.type_name.endswith(type(value).__name__)
    assert caught.value.operation == "store"
    assert caught.value.table == "streams"


def test_what_can_not_be_shown_is_still_a_type_error(table):
    """No code of the value's runs while the error is made."""
    with pytest.raises(NotWeakReferenceableError, match="Hostile"):
        table.store(Hostile())


def test_failed_store_keeps_the_binding_in_2026_11():
    """Storing is all or nothing."""
    table, things = SideTable(), [Thing(), Thing()]
    table.store(*things)
    with pytest.raises(TypeError):
        table.store(Thing(), 1)
    assert table.get(0) is things[0]
    assert table.get(1) is things[1]


def test_failed_store_keeps_the_trace_time_binding_in_2026_11():
    """What registering bound is as whole as what a store bound."""
    table, things = SideTable(), [Thing(), Thing()]
    table.register_user_object(things[0], SOURCE)
    with pytest.raises(TypeError):
        table.store(1)
    assert table.get(0) is things[0]
    assert table.register_user_object(things[1], SOURCE) == 1
    assert table.get(1) is things[1]


def test_failed_store_clears_the_binding_in_dynamo_2_13():
    """The edition does what PyTorch does: the old binding is gone before the failure."""
    table, things = SideTable(edition="dynamo-2.13"), [Thing(), Thing()]
    table.store(*things)
    with pytest.raises(TypeError):
        table.store(things[0], 1)
    assert lost(table, 0, 1)


def test_failed_store_leaves_registrations_alone(table):
    """In both editions a failure touches no registration."""
    thing = Thing()
    table.register_user_object(thing, SOURCE)
    before = dict(table.constructors)
    with pytest.raises(TypeError):
        table.store(1)
    assert dict(table.constructors) == before
    assert table.has_user_objects()
    assert table.register_user_object(thing, SOURCE) == 1


@pytest.mark.parametrize("then", ["lookup", "frame", "reset", "register"])
def test_store_after_a_dropped_frame_is_whole(table, then):
    """A frame that was dropped without being left takes nothing along that came after it."""
    thing, other = Thing(), Thing()
    table.store(Thing())
    frame = table.frame(Thing())
    frame.__enter__()
    del frame
    gc.collect()
    table.store(thing)
    if then == "frame":
        with table.frame(other):
            assert table.get(0) is other
    if then == "reset":
        table.reset()
        assert lost(table, 0)
        return
    if then == "register":
        assert table.register_user_object(other, SOURCE) == 0
        assert table.get(0) is other
        return
    assert table.get(0) is thing
