"""Setting: one index means another object."""

from __future__ import annotations

import gc
from contextvars import Context, copy_context

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    IndexNotRegisteredError,
    LocalSource,
    NotWeakReferenceableError,
)

SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("streams", edition=request.param)


@pytest.mark.parametrize("bind", ["register", "store", "frame"])
def test_set_replaces_one(table, bind):
    """One index finds the new object, the others are untouched."""
    things, new = [Thing(), Thing(), Thing()], Thing()
    if bind == "register":
        for thing in things:
            table.register_user_object(thing, SOURCE)
    elif bind == "store":
        table.store(*things)
    else:
        with table.frame(*things):
            table.set(1, new)
            assert [table.get(index) for index in range(3)] == [things[0], new, things[2]]
        return
    table.set(1, new)
    assert [table.get(index) for index in range(3)] == [things[0], new, things[2]]


def test_set_again_replaces_again(table):
    """The last value wins."""
    table.store(Thing())
    things = [Thing(), Thing()]
    for thing in things:
        table.set(0, thing)
        assert table.get(0) is thing


def test_set_of_a_registered_index_needs_no_binding(table):
    """An index that is registered can be set in a context that has bound nothing."""
    thing, new = Thing(), Thing()
    table.register_user_object(thing, SOURCE)
    table.register_user_object(thing, SOURCE)

    def elsewhere():
        table.set(1, new)
        assert table.get(1) is new
        with pytest.raises(LookupError):
            table.get(0)

    Context().run(elsewhere)
    assert table.get(1) is thing


def test_set_of_a_registered_index_past_a_short_store(table):
    """An index that is registered can be set although the store did not bind it."""
    things, new = [Thing(), Thing(), Thing()], Thing()
    for thing in things:
        table.register_user_object(thing, SOURCE)
    table.store(things[0])
    table.set(2, new)
    assert table.get(0) is things[0]
    assert table.get(2) is new
    with pytest.raises(LookupError):
        table.get(1)


def test_set_of_a_bound_index_needs_no_registration(table):
    """What was stored can be replaced, registered or not."""
    table.store(Thing(), Thing())
    new = Thing()
    table.set(1, new)
    assert table.get(1) is new
    assert not table.has_user_objects()


@pytest.mark.parametrize("index", [-1, 2, 10**6, 10**30])
def test_set_out_of_bounds_is_the_lookups_error(table, index):
    """An index that is neither bound nor registered is an error, and nothing is changed."""
    things = [Thing(), Thing()]
    table.store(*things)
    with pytest.raises(IndexNotRegisteredError) as caught:
        table.set(index, Thing())
    assert caught.value.index == index
    assert [table.get(0), table.get(1)] == things
    with pytest.raises(LookupError):
        table.get(index)


def test_set_with_nothing_bound_is_an_error(table):
    """A fresh table has no index to set."""
    with pytest.raises(IndexNotRegisteredError):
        table.set(0, Thing())


def test_set_of_a_gap_is_an_error(table):
    """An index that lies between bound ones, and is registered no more, cannot be set."""
    things = [Thing(), Thing()]
    for thing in things:
        table.register_user_object(thing, SOURCE)
    with table.frame():
        table.set(1, things[1])
        table.reset()
        with pytest.raises(IndexNotRegisteredError):
            table.set(0, things[0])
        assert table.get(1) is things[1]


def test_set_after_the_object_died(table):
    """A dead object's index is bound, and so can be set."""
    table.store(Thing())
    gc.collect()
    new = Thing()
    table.set(0, new)
    assert table.get(0) is new


@pytest.mark.parametrize("index", [0.0, "0", None])
def test_set_of_what_is_no_integer_is_a_type_error(table, index):
    """Only what has `__index__` is an index."""
    thing = Thing()
    table.store(thing)
    with pytest.raises(TypeError):
        table.set(index, Thing())
    assert table.get(0) is thing


def test_set_takes_anything_with_index(table):
    """What has `__index__` is an index."""
    table.store(Thing(), Thing())
    new = Thing()
    table.set(True, new)
    assert table.get(1) is new


def test_set_of_what_can_not_be_referenced_is_a_type_error(table):
    """Every index still finds what it found."""
    things = [Thing(), Thing()]
    table.store(*things)
    with pytest.raises(NotWeakReferenceableError) as caught:
        table.set(1, 5)
    assert type(caught.value.__cause__) is TypeError
    assert (caught.value.operation, caught.value.index) == ("set", 1)
    assert caught.value.type_name == "int"
    assert [table.get(0), table.get(1)] == things


def test_set_in_a_copied_context_is_its_own(table):
    """A context does not find what a copy of it set."""
    thing, new = Thing(), Thing()
    table.store(thing)
    copied = copy_context()
    copied.run(table.set, 0, new)
    assert copied.run(table.get, 0) is new
    assert table.get(0) is thing


def test_set_returns_nothing(table):
    """The return value is None."""
    table.store(Thing())
    assert table.set(0, Thing()) is None
