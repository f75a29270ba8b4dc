"""The names of PyTorch's module after the repair, called by hand."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from torch._dynamo import graph_bytecode_inputs
from torch._dynamo.exc import Unsupported
from torch._dynamo.source import ConstantSource

import sidetable_torch
from scaling import Scale
from sidetable_conformance import run
from sidetable_source import IndexNotRegisteredError, NoBindingError, ObjectNotAliveError


def elsewhere(body):
    """What a body returns on a thread of its own."""
    results = []
    thread = threading.Thread(target=lambda: results.append(body()))
    thread.start()
    thread.join()
    return results[0]


IMPOSSIBLE = ("entries", "frames", "handles", "hold", "snapshots", "tables")


@pytest.fixture
def verdicts(names):
    """What the kit says of the module."""

    def ask(**which):
        report = run(names, **which)
        return report.conformant, {result.id: result.verdict.value for result in report.results}

    gc.collect()
    gc.freeze()  # PyTorch is large, and the kit collects garbage often
    yield ask
    gc.unfreeze()


@pytest.mark.no_cover  # the kit counts on nobody else who traces
def test_the_module_is_conformant_to_its_edition(verdicts):
    """The kit finds nothing that PyTorch's own table does otherwise."""
    conformant, found = verdicts(edition="dynamo-2.13")
    assert conformant
    missing = {name for name in found if name.startswith("set.")}  # before torch 2.12
    can_set = hasattr(graph_bytecode_inputs, "set_external_object_by_index")
    assert {name for name in found if found[name] != "pass"} == (set() if can_set else missing)


@pytest.mark.no_cover  # as above
def test_the_module_passes_what_isolation_its_names_allow(verdicts):
    """Threads, tasks, greenlets, registering at once, and every schedule of two threads."""
    _, found = verdicts(profile="isolation", without=IMPOSSIBLE)
    passed = {name for name, verdict in found.items() if verdict == "pass"}
    assert passed == {
        "isolation.threads",
        "isolation.tasks",
        "isolation.greenlets",
        "isolation.no-binding-is-error",
        "isolation.registration",
        "isolation.every-interleaving",
    }
    others = {verdict for name, verdict in found.items() if name not in passed}
    assert others == {"not-applicable"}


def test_an_object_that_can_not_be_registered_is_what_pytorch_says():
    """The error, its cause and its explanation are those of PyTorch's own function."""

    def refusals():
        found = []
        for register in (
            lambda: graph_bytecode_inputs.register_user_object(1, ConstantSource("source")),
            lambda: graph_bytecode_inputs.register_graph_created_object(1, lambda *_: None),
        ):
            with pytest.raises(Unsupported) as caught:
                register()
            assert isinstance(caught.value.__cause__, TypeError)
            text = str(caught.value).partition("from user code")[0]
            found.append((text, list(graph_bytecode_inputs.index_to_bytecode_constructor)))
        graph_bytecode_inputs.reset_user_object_tracking()
        return found

    before = refusals()
    with sidetable_torch.install():
        assert refusals() == before


def test_the_table_can_be_used_as_a_dictionary(names):
    """Reading, writing, deleting, iterating and showing."""
    table, first, second = names.index_to_external_object_weakref, Scale(2.0), Scale(3.0)
    names.store_user_object_weakrefs(first)
    table[5] = weakref.ref(second)
    assert list(table) == [0, 5]
    assert len(table) == 2
    assert table[5]() is second
    assert table.get(1) is None
    assert repr(table) == repr(dict(table))
    del table[0]
    assert 0 not in table
    table.update({1: weakref.ref(first)})
    assert list(table) == [5, 1]
    table.clear()
    table.clear()
    assert not table
    with pytest.raises(KeyError):
        del table[0]


def test_the_list_of_what_is_kept_can_be_used_as_a_list(names):
    """Reading, writing, deleting, comparing and showing."""
    kept, thing = names.keep_alive, Scale(2.0)
    assert names.stash_graph_created_object(thing) is thing
    assert kept == [thing]
    assert kept == kept  # noqa: PLR0124  # two views compare by what they show
    kept[0] = 1
    kept.insert(0, 0)
    assert kept[:] == [0, 1]
    assert len(kept) == 2
    assert repr(kept) == "[0, 1]"
    del kept[0]
    assert kept == [1]
    with pytest.raises(TypeError):
        hash(kept)


def test_an_object_that_can_not_be_weakly_referenced_leaves_nothing_bound(names):
    """As in PyTorch's own: the error is a TypeError, and the table is empty."""
    names.store_user_object_weakrefs(Scale)
    with pytest.raises(TypeError):
        names.store_user_object_weakrefs(Scale, 1)
    assert not names.index_to_external_object_weakref


def test_an_index_is_given_out_once(names):
    """Where another thread has taken the one that was counted, the next one is taken."""
    constructors, value = names.index_to_bytecode_constructor, Scale(2.0)
    constructors[1] = print  # as if another thread had been there in between
    index = names.register_user_object(value, ConstantSource("value"))
    assert index == 2
    assert names.get_external_object_by_index(2) is value


def test_errors_of_lookups_say_which_and_are_what_callers_catch(names):
    """PyTorch's own words first, each with its own code."""

    def error_at(index):
        with pytest.raises(AssertionError) as caught:
            names.get_external_object_by_index(index)
        return caught.value

    not_registered = "Index not registered in index_to_user_object_weakref"
    nothing = elsewhere(lambda: error_at(0))
    assert isinstance(nothing, NoBindingError)
    assert not_registered in str(nothing)
    names.store_user_object_weakrefs(Scale(2.0))
    assert isinstance(error_at(1), IndexNotRegisteredError)
    assert not_registered in str(error_at(1))
    assert isinstance(error_at(0), ObjectNotAliveError)
    assert "User object is no longer alive" in str(error_at(0))
