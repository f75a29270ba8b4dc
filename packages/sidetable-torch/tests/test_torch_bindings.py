"""What is bound after the repair: in contexts, in threads, and for how long."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import threading
import weakref

import torch
from torch._dynamo import eval_frame, graph_bytecode_inputs

import sidetable_torch
from scaling import Scale, compiled, looked_up, one, ones, plus_one, two
from sidetable_torch.repair.bindings import Binding as AsOneValue
from sidetable_torch.repair.bindings import Bindings


def elsewhere(body):
    """What a body returns on a thread of its own."""
    results = []
    thread = threading.Thread(target=lambda: results.append(body()))
    thread.start()
    thread.join()
    return results[0]


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
    table = names.index_to_external_object_weakref
    copied.run(table.__setitem__, 1, weakref.ref(third))
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
        return sum(type(thing) is AsOneValue for thing in gc.get_objects())

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
    table = names.index_to_external_object_weakref
    first.action = lambda: table.__setitem__(1, weakref.ref(other))
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
        self.names.index_to_external_object_weakref[1] = weakref.ref(self.other)
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


class Calling(Scale):
    """A module that calls a compiled function whenever its factor is asked for."""

    inner, other = staticmethod(compiled(one, "eager")), Scale(9.0)

    @property
    def factor(self):
        get = graph_bytecode_inputs.get_external_object_by_index
        assert get(0) is self
        assert self.inner(ones(), self.other).tolist() == [9.0, 9.0]
        assert get(0) is self
        return 2.0

    @factor.setter
    def factor(self, value):
        assert value == 2.0


def test_a_call_in_a_backward_node_puts_back_what_the_node_had(names):
    """The node goes on with its own object, as the forward did."""
    function, x, module = compiled(looked_up, "eager"), ones(grad=True), Calling(2.0)
    y = function(x, module)
    assert torch.autograd.grad(y.sum(), x)[0].tolist() == [2.0, 2.0]


def test_a_backend_that_compiles_goes_on_with_its_own_trace(names):
    """What is compiled meanwhile takes no object, and the outer one still fetches its own."""

    def backend(graph, inputs):
        assert compiled(plus_one, "eager")(ones()).tolist() == [2.0, 2.0]
        return graph

    assert compiled(one, backend)(ones(), Scale(3.0)).tolist() == [3.0, 3.0]


def test_graphs_and_streams_go_when_the_user_drops_them(names):
    """The compiled graph with its function, and a stream with its last reference."""
    graphs = []

    def backend(graph, inputs):
        graphs.append(weakref.ref(graph))
        return graph

    def made(x):
        stream = torch.Stream(device="cpu")
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


def test_a_call_lasts_until_the_backends_context_has_ended(names):
    """What the backend looks up there is the call's own, and not what the caller had bound."""
    found = []

    class Context(contextlib.nullcontext):
        def __exit__(self, *_):
            found.append(names.get_external_object_by_index(0))

    callback = torch._dynamo.optimize("eager").callback
    function = eval_frame.OptimizeContext(callback, Context)(one)
    outer, inner = Scale(2.0), Scale(3.0)
    names.store_user_object_weakrefs(outer)
    function(ones(), inner)
    assert found == [inner]
    assert names.get_external_object_by_index(0) is outer


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
