"""What a lookup that finds nothing says."""

from __future__ import annotations

import gc
import inspect
from contextvars import Context

import pytest

from sidetable_core import SideTable
from sidetable_source import (
    LocalSource,
    NoBindingError,
    ObjectNotAliveError,
    Source,
    Unsupported,
)

SOURCE = LocalSource("self").attr("pool")


class Thing:
    """An object that can be weakly referenced."""


@pytest.fixture(params=["2026.11", "dynamo-2.13"])
def table(request):
    """A table of each edition."""
    return SideTable("pools", edition=request.param)


def test_death_of_what_was_stored_at_an_index_held_by_frames():
    """What died was bound, however its index was registered."""
    table = SideTable()
    table.register_user_object(1, SOURCE, hold="frame")
    table.store(Thing())
    gc.collect()
    with pytest.raises(ObjectNotAliveError):
        table.get(0)


def test_death_of_what_was_stored_at_an_index_that_failed():
    """What died was bound, however its index was registered."""
    table = SideTable(edition="dynamo-2.13")
    with pytest.raises(Unsupported):
        table.register_user_object(1, SOURCE)
    table.store(Thing())
    gc.collect()
    with pytest.raises(ObjectNotAliveError):
        table.get(0)


def registered_here(table, thing=None):
    """Registers a thing; returns the file and line of the call."""
    line = inspect.currentframe().f_lineno + 1
    table.register_user_object(thing or Thing(), SOURCE)
    return f"{__file__}:{line} in registered_here"


def test_error_of_a_dead_object_tells_all_that_is_known(table):
    """The error says which table, index, type and source, and which line registered it."""
    site = registered_here(table)
    gc.collect()
    with pytest.raises(ObjectNotAliveError) as caught:
        table.get(0)
    for fact in ("index 0", "pools", "user object", "Thing", "self.pool", site, "died"):
        assert fact in str(caught.value)


def test_error_of_a_context_without_binding_tells_all_that_is_known(table):
    """The error says what the index was registered as, and how to carry a binding over."""
    thing = Thing()
    site = registered_here(table, thing)
    with pytest.raises(NoBindingError) as caught:
        Context().run(table.get, 0)
    for fact in ("ndex 0", "pools", "user object", "self.pool", site, "store()", "context"):
        assert fact in str(caught.value)


def test_error_of_a_registered_index_that_is_not_bound_tells_all_that_is_known(table):
    """An index that is registered is not called unregistered, and the error says what it is."""
    thing = Thing()
    site = registered_here(table, thing)
    table.store()
    with pytest.raises(LookupError) as caught:
        table.get(0)
    assert isinstance(caught.value, AssertionError)
    for fact in ("ndex 0", "pools", "user object", "self.pool", site):
        assert fact in str(caught.value)
    assert "never registered" not in str(caught.value)


def test_dead_object_of_no_registration_is_told_with_what_is_known(table):
    """An object that was stored without being registered has no source or line to tell."""
    table.store(Thing())
    gc.collect()
    with pytest.raises(ObjectNotAliveError) as caught:
        table.get(0)
    assert caught.value.source is None
    assert caught.value.site is None


def test_lookup_while_a_line_was_registered_by_generated_code(table):
    """Code that has no line numbers of its own is shown as what it is."""
    namespace = {"table": table, "thing": Thing(), "source": SOURCE}
    code = compile("table.register_user_object(thing, source)", "<generated>", "eval")
    eval(code.replace(co_linetable=b""), namespace)
    assert "<generated>:1 in <module>" in table.describe()


class Nameless(Source):
    """A source kind of somebody else's, whose name fails."""

    def reconstruct(self, codegen):
        """Writes nothing."""

    @property
    def name(self):
        """Is broken."""
        raise ZeroDivisionError


def test_source_whose_name_fails_does_not_hide_the_error(table):
    """A source kind of somebody else's cannot keep an error from being told."""
    table.register_user_object(Thing(), Nameless())
    gc.collect()
    with pytest.raises(ObjectNotAliveError) as caught:
        table.get(0)
    assert "Nameless" in str(caught.value)
    assert "ZeroDivisionError" in str(caught.value)
