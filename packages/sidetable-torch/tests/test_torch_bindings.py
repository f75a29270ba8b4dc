"""The names of PyTorch's module after the repair: called by hand, in contexts and in threads."""

from __future__ import annotations

import contextvars
import gc
import threading
import weakref

import pytest
import torch
from torch._dynamo import graph_bytecode_inputs
from torch._dynamo.exc import Unsupported
from torch._dynamo.source import ConstantSource

import sidetable_torch
from sidetable_conformance import run
from sidetable_source import IndexNotRegisteredError, NoBindingError, ObjectNotAliveError
from sidetable_torch.cases.scaling import Scale, compiled, looked_up, one, ones, two
from sidetable_torch.repair import bindings, places
from sidetable_torch.repair.bindings import Bindings


def elsewhere(body):
    """What a body returns on a thread of its own."""
    results = []
    thread = threading.Thread(target=lambda: results.append(body()))
    thread.start()
    thread.join()
    return results[0]


POSSIBLE = {"set", "threads", "tasks", "greenlets"}


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
    assert set(found.values()) == {"pass"}


@pytest.mark.no_cover
def test_the_module_passes_what_isolation_its_names_allow(verdicts):
    """Threads, tasks, greenlets, registering at once, and every schedule of two threads."""
    _, found = verdicts(profile="isolation", capabilities=tuple(POSSIBLE))
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


def test_a_thread_finds_nothing_of_another(names):
    """Neither what was stored elsewhere, nor what it stores is found elsewhere."""
    here, there = Scale(2.0), Scale(3.0)
    names.store_user_object_weakrefs(here)

    def body():
        found = 0 in names.index_to_external_object_weakref
        names.store_user_object_weakrefs(there)
        return found, names.get_external_object_by_index(0)

    assert elsewhere(body) == (False, there)
    assert names.get_external_object_by_index(0) is here


def test_a_copied_context_goes_its_own_way(names):
    """It sees what was bound when it was copied, and what it binds stays in it."""
    first, second, third = Scale(2.0), Scale(3.0), Scale(5.0)
    names.store_user_object_weakrefs(first)
    copied = contextvars.copy_context()
    names.store_user_object_weakrefs(second)
    get = names.get_external_object_by_index
    assert copied.run(get, 0) is first
    copied.run(names.set_external_object_by_index, 1, third)
    assert copied.run(get, 1) is third
    assert copied.run(get, 0) is first
    assert list(names.index_to_external_object_weakref) == [0]
    assert get(0) is second


def test_a_context_that_outlives_the_call_finds_nothing(names):
    """What a call bound ends with the call, also where its context was copied."""
    contexts = []
    first = Scale(2.0, lambda: contexts.append(contextvars.copy_context()))
    function = compiled(two, "eager")
    function(ones(), first, Scale(3.0))
    table = names.index_to_external_object_weakref
    assert contexts
    assert contexts[-1].run(lambda: list(table)) == []
    assert contexts[-1].run(lambda: function(ones(), first, Scale(3.0))).tolist() == [6.0, 6.0]


def test_a_context_that_outlives_the_call_can_be_bound_by_hand(names):
    """What is stored in it is found there, and nowhere else."""
    contexts, other = [], Scale(7.0)
    first = Scale(2.0, lambda: contexts.append(contextvars.copy_context()))
    compiled(two, "eager")(ones(), first, Scale(3.0))
    contexts[-1].run(names.store_user_object_weakrefs, other)
    assert contexts[-1].run(names.get_external_object_by_index, 0) is other
    assert not names.index_to_external_object_weakref


def test_what_was_bound_when_a_context_was_copied_in_a_call_is_found_until_the_call_ends(names):
    """The call binds something else meanwhile, and the copy still has what was bound then."""
    contexts, seen, before, after = [], [], Scale(5.0), Scale(7.0)

    def action():
        names.store_user_object_weakrefs(before, before)
        contexts.append(contextvars.copy_context())
        for _ in range(3):
            names.store_user_object_weakrefs(after, after)
        seen.append(contexts[0].run(names.get_external_object_by_index, 1))
        seen.append(names.get_external_object_by_index(1))

    function, first, second = compiled(two, "eager"), Scale(2.0), Scale(3.0)
    function(ones(), first, second)
    first.action = action
    assert function(ones(), first, second).tolist() == [14.0, 14.0]
    assert seen == [before, after]
    assert contexts[0].run(lambda: list(names.index_to_external_object_weakref)) == []


def test_bindings_that_are_replaced_are_let_go(names):
    """In a call, and outside: thousands of stores leave no more behind than a few do."""
    module = Scale(7.0)

    def living():
        return sum(type(thing) in {bindings.Binding, places.Place} for thing in gc.get_objects())

    def grown():
        before = living()
        for _ in range(1000):
            names.store_user_object_weakrefs(module, module)
        return living() - before

    names.store_user_object_weakrefs(module)
    assert grown() == 0
    seen, function, first = [], compiled(two, "eager"), Scale(2.0)
    function(ones(), first, module)
    first.action = lambda: seen.append(grown())
    function(ones(), first, module)
    assert len(seen) == 1
    assert seen[0] <= 3


def test_what_is_bound_by_hand_in_a_copied_context_of_a_call_stays_there(names):
    """The call itself finds what is its own, and restores what it found."""
    other = Scale(7.0)
    function, first, second = compiled(two, "eager"), Scale(2.0), Scale(3.0)
    function(ones(), first, second)

    def action():
        copied = contextvars.copy_context()
        copied.run(names.store_user_object_weakrefs, other, other)
        assert copied.run(names.get_external_object_by_index, 1) is other

    first.action = action
    assert function(ones(), first, second).tolist() == [6.0, 6.0]
    assert not names.index_to_external_object_weakref


def test_what_is_bound_by_hand_in_a_call_ends_with_it(names):
    """The call's own lookups see it, as in PyTorch's own; the caller's do not."""
    outside, other = Scale(2.0), Scale(7.0)
    function, first, second = compiled(two, "eager"), Scale(2.0), Scale(3.0)
    function(ones(), first, second)
    names.store_user_object_weakrefs(outside)
    first.action = lambda: names.set_external_object_by_index(1, other)
    assert function(ones(), first, second).tolist() == [14.0, 14.0]
    assert names.get_external_object_by_index(0) is outside
    assert 1 not in names.index_to_external_object_weakref
    assert names.keep_alive == []


class Binding(Scale):
    """A module that binds something by hand whenever its factor is asked for."""

    names = graph_bytecode_inputs
    other = Scale(9.0)

    @property
    def factor(self):
        self.names.set_external_object_by_index(1, self.other)
        assert self.names.get_external_object_by_index(1) is self.other
        return 2.0

    @factor.setter
    def factor(self, value):
        assert value == 2.0


def test_what_a_backward_binds_by_hand_ends_with_its_node(names):
    """It counts while the node runs, and is not found in the context afterwards."""
    function, x, module = compiled(looked_up, "eager"), ones(grad=True), Binding(2.0)
    y = function(x, module)
    assert torch.autograd.grad(y.sum(), x)[0].tolist() == [2.0, 2.0]
    assert not names.index_to_external_object_weakref


def test_graphs_and_streams_go_when_the_user_drops_them(names):
    """The compiled graph with its function, and a stream with its last reference."""
    graphs = []

    def backend(graph, inputs):
        graphs.append(weakref.ref(graph))
        return graph

    def made(x):
        stream = torch.Stream()
        return x + 1, stream

    function = torch.compile(made, backend=backend)
    _, stream = function(ones())
    gone = weakref.ref(stream)
    del stream
    assert gone() is None
    del function, made
    torch.compiler.reset()
    names.reset_user_object_tracking()
    gc.collect()
    assert [graph() for graph in graphs] == [None]


def test_nothing_of_a_call_is_left():
    """Modules and compiled functions go when the user drops them, and the table with the repair."""
    with sidetable_torch.install():
        function, module = compiled(one, "eager"), Scale(2.0)
        function(ones(grad=True), module).sum().backward()
        gone = weakref.ref(module)
        del function, module
        torch.compiler.reset()
        gc.collect()
        assert gone() is None
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing) is Bindings]
