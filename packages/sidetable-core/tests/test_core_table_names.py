"""A table's name, edition and repr, and that it cannot be copied."""

from __future__ import annotations

import copy
import gc
import pickle

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource


class Thing:
    """An object that can be weakly referenced."""


class HostileName(str):
    """Text that cannot be shown."""

    __slots__ = ()

    def __repr__(self):
        raise RuntimeError

    __str__ = __format__ = __eq__ = __len__ = __iter__ = __getitem__ = __repr__
    __hash__ = str.__hash__


def test_repr_names_the_table():
    """The repr has the name, the edition and how much is registered."""
    table = SideTable("streams", edition="dynamo-2.13")
    table.register_user_object(Thing(), LocalSource("x"))
    for fact in ("SideTable", "streams", "dynamo-2.13", "1"):
        assert fact in repr(table)


def test_table_without_a_name():
    """A table need not have a name."""
    assert SideTable().name == SideTable(None).name
    assert "unnamed" in repr(SideTable())


def test_name_and_edition_can_be_asked_and_not_changed():
    """Both are what the table was made with."""
    table = SideTable("streams", edition="dynamo-2.13")
    assert (table.name, table.edition) == ("streams", "dynamo-2.13")
    assert SideTable().edition == "2026.11"
    with pytest.raises(AttributeError):
        table.name = "other"
    with pytest.raises(AttributeError):
        table.edition = "2026.11"


@pytest.mark.parametrize("name", [5, b"x", object(), ["x"]])
def test_name_has_to_be_text(name):
    """A name that is no string is refused."""
    with pytest.raises(TypeError, match="name"):
        SideTable(name)


@pytest.mark.parametrize("edition", ["2026.12", "", None, 5, "Dynamo-2.13"])
def test_edition_has_to_be_known(edition):
    """An unknown edition is refused, and the error lists the known ones."""
    with pytest.raises(ValueError, match=r"2026\.11") as caught:
        SideTable(edition=edition)
    assert "dynamo-2.13" in str(caught.value)


def test_name_that_can_not_be_shown():
    """A name of a hostile class is the text that it is."""
    table = SideTable(HostileName("streams"))
    assert "streams" in repr(table)
    assert "streams" in table.describe()
    assert "streams" in repr(table.constructors)
    with pytest.raises(LookupError) as caught:
        table.get(0)
    assert "streams" in str(caught.value)
    with pytest.raises(TypeError, match="copied or pickled"):
        pickle.dumps(table)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "\ud800", "x" * 10_000, ""])
def test_hostile_names_are_printable(name):
    """What a table is called never breaks what is shown."""
    table = SideTable(name)
    assert repr(table).isprintable()
    assert table.describe().isprintable()
    assert table.name == name
    with pytest.raises(LookupError) as caught:
        table.get(0)
    assert str(caught.value).isprintable()
    assert len(table.describe()) < 1000


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("part", ["table", "constructors"])
def test_table_can_not_be_copied(duplicate, part):
    """A table says that it cannot be copied or pickled, and is left as it was."""
    table, thing = SideTable("streams"), Thing()
    table.register_user_object(thing, LocalSource("x"))
    with pytest.raises(TypeError, match="copied or pickled"):
        duplicate(table if part == "table" else table.constructors)
    gc.collect()
    assert table.get(0) is thing


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_table_can_not_be_pickled_by_any_protocol(protocol):
    """Old protocols say the same."""
    with pytest.raises(TypeError, match="copied or pickled"):
        pickle.dumps(SideTable(), protocol)


def test_two_tables_are_two():
    """Tables are compared by identity, and can be keys."""
    one, other = SideTable("t"), SideTable("t")
    assert one != other
    assert len({one, other, one}) == 2
