"""Objects that cannot be weakly referenced, and arguments that are none."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    InvalidSourceError,
    LocalSource,
    NoBindingError,
    Unsupported,
)

SOURCE = LocalSource("x")


def type_of(value):
    """What a value is called in the names of tests."""
    return type(value).__name__


class Thing:
    """An object that can be weakly referenced."""

    def method(self):
        """Is bound anew each time that it is asked for."""


class Slotted:
    """An object that cannot."""

    __slots__ = ()


NOT_WEAKLY_REFERENCEABLE = [1, "text", b"", (), [], {}, None, object(), Slotted()]


class Hostile:
    """Cannot be weakly referenced, nor shown."""

    __slots__ = ()

    def __getattribute__(self, name):
        raise RuntimeError

    __repr__ = __str__ = __hash__ = __eq__ = __getattribute__


def construct(index, codegen):
    """A construct function that is not run here."""


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("streams", edition=request.param)


@pytest.mark.parametrize("value", NOT_WEAKLY_REFERENCEABLE, ids=type_of)
def test_user_object_that_can_not_be_referenced_is_unsupported(table, value):
    """The error says which kind failed and is caused by the failed weak reference."""
    with pytest.raises(Unsupported, match=r"user object.*hold=") as caught:
        table.register_user_object(value, SOURCE)
    assert type(caught.value.__cause__) is TypeError
    assert type(value).__name__ in caught.value.context


@pytest.mark.parametrize("value", NOT_WEAKLY_REFERENCEABLE, ids=type_of)
def test_graph_created_object_that_can_not_be_referenced_is_unsupported(table, value):
    """The error says which kind failed and is caused by the failed weak reference."""
    with pytest.raises(Unsupported, match="graph-created object") as caught:
        table.register_graph_created_object(value, construct)
    assert type(caught.value.__cause__) is TypeError
    assert "user object" not in caught.value.gb_type


def test_value_that_can_not_be_shown_is_still_unsupported(table):
    """No code of the value's runs while the error is made."""
    value = Hostile()
    with pytest.raises(Unsupported, match="Hostile"):
        table.register_user_object(value, SOURCE)
    with pytest.raises(Unsupported, match="Hostile"):
        table.register_graph_created_object(value, construct)


def test_table_is_usable_after_a_failed_registration(table):
    """Earlier indices find their objects, and later registrations work."""
    first, last = Thing(), Thing()
    table.register_user_object(first, SOURCE)
    for value in (1, None):
        with pytest.raises(Unsupported):
            table.register_user_object(value, SOURCE)
    index = table.register_user_object(last, SOURCE)
    assert table.get(0) is first
    assert table.get(index) is last


def test_failed_registration_uses_no_index_up_in_2026_11():
    """Registering is all or nothing."""
    table = SideTable()
    with pytest.raises(Unsupported):
        table.register_user_object(1, SOURCE)
    assert table.has_user_objects() is False
    assert dict(table.constructors) == {}
    assert table.register_user_object(Thing(), SOURCE) == 0


def test_failed_registration_uses_an_index_up_in_dynamo_2_13():
    """The edition does what PyTorch does: the index is gone and has a constructor."""
    table = SideTable(edition="dynamo-2.13")
    for _ in range(2):
        with pytest.raises(Unsupported):
            table.register_user_object(1, SOURCE)
    with pytest.raises(Unsupported):
        table.register_graph_created_object(1, construct)
    assert table.has_user_objects() is True
    assert list(table.constructors) == [0, 1, 2]
    assert table.constructors[1].source is SOURCE
    assert table.constructors[2].construct_fn is construct
    assert table.register_user_object(Thing(), SOURCE) == 3


def test_failed_index_finds_nothing_until_it_is_stored():
    """A used-up index is an error that says why, until a store binds it."""
    table = SideTable(edition="dynamo-2.13")
    with pytest.raises(Unsupported):
        table.register_user_object(1, SOURCE)
    with pytest.raises(NoBindingError, match="registration failed"):
        table.get(0)
    thing = Thing()
    table.store(thing)
    assert table.get(0) is thing


def test_failed_index_after_a_store_stays_unbound():
    """The index that a failed registration uses up takes nothing else's place."""
    table, thing = SideTable(edition="dynamo-2.13"), Thing()
    table.register_user_object(thing, SOURCE)
    table.store(thing)
    with pytest.raises(Unsupported):
        table.register_user_object(1, SOURCE)
    assert table.get(0) is thing
    with pytest.raises(NoBindingError, match="registration failed"):
        table.get(1)


class Value:
    """An object that cannot be weakly referenced, and tells when it dies."""

    __slots__ = ("deaths",)

    def __init__(self, deaths):
        self.deaths = deaths

    def __del__(self):
        self.deaths.append("died")


def test_failed_graph_created_value_is_let_go_in_2026_11():
    """A value whose registration failed is not kept."""
    table, deaths = SideTable(), []
    with pytest.raises(Unsupported):
        table.register_graph_created_object(Value(deaths), construct)
    gc.collect()
    assert deaths == ["died"]


def test_failed_graph_created_value_is_kept_in_dynamo_2_13():
    """A value whose registration failed stays alive until reset, as in PyTorch."""
    table, deaths = SideTable(edition="dynamo-2.13"), []
    with pytest.raises(Unsupported):
        table.register_graph_created_object(Value(deaths), construct)
    gc.collect()
    assert deaths == []
    table.reset()
    gc.collect()
    assert deaths == ["died"]


@pytest.mark.parametrize("source", [None, "self.pool", 3, LocalSource])
def test_what_is_no_source_is_refused(source):
    """The source is checked before anything has changed."""
    table = SideTable()
    with pytest.raises(InvalidSourceError):
        table.register_user_object(Thing(), source)
    assert table.has_user_objects() is False


def test_dynamo_edition_takes_the_sources_of_other_compilers():
    """A compiler's own sources need no common parent."""
    table, source = SideTable(edition="dynamo-2.13"), SimpleNamespace()
    table.register_user_object(Thing(), source)
    assert table.constructors[0].source is source


@pytest.mark.parametrize("hold", ["strong", "", None, 1])
def test_unknown_hold_is_refused(hold):
    """There are two ways to hold an object, and no third."""
    table = SideTable()
    with pytest.raises(ValueError, match="hold"):
        table.register_user_object(Thing(), SOURCE, hold=hold)
    assert table.has_user_objects() is False


def test_construct_function_has_to_be_callable():
    """What cannot be called is refused where it is registered, not where it is run."""
    table = SideTable()
    with pytest.raises(TypeError, match="callable"):
        table.register_graph_created_object(Thing(), None)
    assert table.has_user_objects() is False
