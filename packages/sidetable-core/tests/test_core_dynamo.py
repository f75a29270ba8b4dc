"""PyTorch's names: the functions, and the containers as read-only live views."""

from __future__ import annotations

import gc
import inspect
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context

import pytest

import sidetable_core
from sidetable_source import LocalSource, Unsupported

SOURCE = LocalSource("x")

FUNCTIONS = {
    "has_user_objects": [],
    "register_user_object": ["value", "source"],
    "register_graph_created_object": ["example_value", "construct_fn"],
    "store_user_object_weakrefs": [],
    "get_external_object_by_index": ["index"],
    "reset_user_object_tracking": [],
    "set_external_object_by_index": ["index", "value"],
    "stash_graph_created_object": ["obj"],
}
SIX = list(FUNCTIONS)[:6]


class Thing:
    """An object that can be weakly referenced."""


def construct(index, codegen):
    """A construct function that is not run here."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_pytorchs_parameters(names, name):
    """Each function can be called as PyTorch's can, by position and by name."""
    parameters = inspect.signature(getattr(names, name)).parameters.values()
    required = [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.POSITIONAL_ONLY)
    ]
    assert required == FUNCTIONS[name]


@pytest.mark.parametrize("name", SIX)
def test_six_functions_can_be_imported_from_the_package(names, name):
    """The package has the six functions themselves, and does not recommend them."""
    assert getattr(sidetable_core, name) == getattr(names, name)
    assert name not in sidetable_core.__all__


def test_edition_is_dynamo(names):
    """A failed registration uses an index up, as in PyTorch."""
    with pytest.raises(Unsupported):
        names.register_user_object(5, SOURCE)
    assert names.register_user_object(Thing(), SOURCE) == 1
    assert names.has_user_objects()


def test_whole_life(names):
    """Register, store, look up, set, reset: under PyTorch's names."""
    things = [Thing(), Thing(), Thing()]
    assert names.has_user_objects() is False
    assert names.register_user_object(value=things[0], source=SOURCE) == 0
    assert names.register_graph_created_object(example_value=things[1], construct_fn=construct) == 1
    assert names.get_external_object_by_index(0) is things[0]
    assert names.store_user_object_weakrefs(things[1], things[2]) is None
    assert names.get_external_object_by_index(index=1) is things[2]
    names.set_external_object_by_index(index=0, value=things[0])
    assert names.get_external_object_by_index(0) is things[0]
    names.reset_user_object_tracking()
    with pytest.raises(AssertionError):
        names.get_external_object_by_index(0)


def test_state_belongs_to_contexts(names):
    """Unlike PyTorch's, the default table is isolated like every other."""
    thing = Thing()
    names.store_user_object_weakrefs(thing)
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(names.get_external_object_by_index, 0).exception()
    assert isinstance(error, AssertionError)


def test_constructors_view(names):
    """The constructors are a live mapping that takes no assignment."""
    view = names.index_to_bytecode_constructor
    assert isinstance(view, Mapping)
    assert len(view) == 0
    assert dict(view) == {}
    names.register_user_object(Thing(), SOURCE)
    names.register_graph_created_object(Thing(), construct)
    assert list(view) == [0, 1]
    calls = []
    for constructor in view.values():
        constructor(calls.append)
    assert calls == [SOURCE]
    with pytest.raises(TypeError):
        view[0] = None
    with pytest.raises(AttributeError):
        view.clear()


def test_references_view_before_a_store(names):
    """The references are those of registering, until a store."""
    view = names.index_to_external_object_weakref
    assert isinstance(view, Mapping)
    assert len(view) == 0
    thing = Thing()
    names.register_user_object(thing, SOURCE)
    names.register_user_object(Thing(), SOURCE)
    gc.collect()
    assert list(view) == [0, 1]
    assert view[0]() is thing
    assert view[1]() is None


def test_references_view_after_a_store(names):
    """The references are those of the store, dead or alive, and nothing else."""
    view, thing = names.index_to_external_object_weakref, Thing()
    names.register_user_object(thing, SOURCE)
    names.store_user_object_weakrefs(thing, Thing(), thing)
    gc.collect()
    assert [reference() for reference in view.values()] == [thing, None, thing]
    assert view.get(3) is None
    for index in (-1, 3, "0", None):
        assert index not in view
        with pytest.raises(KeyError):
            view[index]
    names.store_user_object_weakrefs()
    assert dict(view) == {}


def test_references_view_skips_what_is_not_bound(names):
    """An index that failed, or that lies in a gap, is not in it."""
    view, thing = names.index_to_external_object_weakref, Thing()
    with pytest.raises(Unsupported):
        names.register_user_object(5, SOURCE)
    names.register_user_object(thing, SOURCE)
    assert list(view) == [1]
    assert len(view) == 1
    names.store_user_object_weakrefs()
    names.set_external_object_by_index(1, thing)
    assert list(view) == [1]
    assert 0 not in view


def test_references_view_is_of_the_context_that_looks(names):
    """Another context sees what it has bound itself."""
    view, thing = names.index_to_external_object_weakref, Thing()
    names.store_user_object_weakrefs(thing)
    assert Context().run(len, view) == 0
    assert Context().run(list, view) == []
    assert len(view) == 1


def test_a_store_in_the_middle_of_an_iteration(names):
    """It goes on over the binding that there was when it began."""
    things = [Thing(), Thing(), Thing()]
    names.store_user_object_weakrefs(*things)
    seen = []
    for index, reference in names.index_to_external_object_weakref.items():
        seen.append((index, reference()))
        names.store_user_object_weakrefs()
    assert seen == list(enumerate(things))


def test_references_view_is_read_only(names):
    """The view takes no assignment."""
    names.store_user_object_weakrefs(Thing())
    with pytest.raises(TypeError):
        names.index_to_external_object_weakref[0] = None
    with pytest.raises(TypeError):
        del names.index_to_external_object_weakref[0]


def test_keep_alive_view(names):
    """What is kept alive is a live sequence, in the order in which it came."""
    view = names.keep_alive
    assert isinstance(view, Sequence)
    assert len(view) == 0
    things = [Thing() for _ in range(3)]
    names.register_graph_created_object(things[0], construct)
    assert names.stash_graph_created_object(things[1]) is things[1]
    names.store_user_object_weakrefs(things[2])
    names.set_external_object_by_index(0, things[2])
    assert list(view) == things
    assert view[0] is things[0]
    assert view[-1] is things[2]
    assert list(view[1:]) == things[1:]
    assert things[1] in view
    assert view.index(things[2]) == 2
    with pytest.raises(IndexError):
        view[3]
    with pytest.raises(TypeError):
        view[0] = None
    with pytest.raises(AttributeError):
        view.append(None)
    names.reset_user_object_tracking()
    assert list(view) == []


def test_stashed_object_lives_until_reset(names):
    """Stashing keeps anything alive, also what cannot be weakly referenced, until reset."""
    thing = Thing()
    alive = weakref.ref(thing)
    names.stash_graph_created_object(thing)
    names.stash_graph_created_object(5)
    del thing
    names.store_user_object_weakrefs()
    gc.collect()
    assert alive() is not None
    assert 5 in names.keep_alive
    names.reset_user_object_tracking()
    gc.collect()
    assert alive() is None


def test_stashing_is_no_registration(names):
    """What is stashed has no index and makes nothing present."""
    names.stash_graph_created_object(Thing())
    assert names.has_user_objects() is False
    assert names.register_user_object(Thing(), SOURCE) == 0


def test_views_show_themselves(names):
    """A repr counts, and calls nothing of the objects'."""
    names.register_graph_created_object(Thing(), construct)
    for view in (
        names.index_to_bytecode_constructor,
        names.index_to_external_object_weakref,
        names.keep_alive,
    ):
        assert "dynamo" in repr(view)
        assert "1" in repr(view)


def test_current_stream_index(names):
    """PyTorch keeps the current stream at index 0."""
    assert names.CURRENT_STREAM_INDEX == 0


def test_errors_name_the_table(names):
    """Messages of the default table say which it is."""
    with pytest.raises(LookupError, match="dynamo"):
        names.get_external_object_by_index(0)


def test_fixture_left_the_state_clean():
    """Tests of the default table leave nothing behind."""
    assert sidetable_core.has_user_objects() is False
