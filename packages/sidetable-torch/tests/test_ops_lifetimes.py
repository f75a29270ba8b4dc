"""Lifetimes of carried objects: as long as a call or its backward can need them, and no longer."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import Tensor

import sidetable_torch
from sidetable_core._handles import HANDLES
from sidetable_source import StaleHandleError
from sidetable_torch import Carried

from .scaling_ops import BACKENDS, Layer, Policy, count, ones, scale

EVERYWHERE = ["not compiled", *BACKENDS]


@pytest.fixture(autouse=True, scope="module")
def quick_collections():
    """Leaves what is older than the tests out of their collections: PyTorch is large."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def compiled(function, backend):
    """A function that may be compiled."""
    if backend == "not compiled":
        return function
    return torch.compile(function, backend=backend, fullgraph=True)


def is_dead(reference):
    """Whether an object can be collected."""
    gc.collect()
    return reference() is None


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", [scale, count], ids=["scale", "count"])
def test_a_backward_that_may_come_keeps_the_object(backend, op):
    """It lives without its `Carried` until nothing can run backward, and is used there."""
    carried = Carried(Policy(3.0))
    reference = weakref.ref(carried.object)
    x = ones(1)
    y = compiled(op, backend)(x, carried)
    del carried
    assert not is_dead(reference)
    y.backward()
    assert x.grad.item() == (3.0 if op is scale else 2.0)
    del y
    assert is_dead(reference)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_what_was_saved_goes_with_backward(backend):
    """Saved as a tensor, the object goes when backward has run, although its result is kept."""
    carried = Carried(Policy(3.0))
    reference = weakref.ref(carried.object)
    y = compiled(scale, backend)(ones(1), carried)
    del carried
    y.backward()
    assert is_dead(reference)
    assert y.item() == 3.0


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_no_call_keeps_the_object_without_backward(backend):
    """Neither the compiled function, nor what it returned, nor the op refers to it."""
    carried = Carried(Policy(3.0))
    reference = weakref.ref(carried.object)
    function = compiled(scale, backend)
    y = function(torch.ones(1), carried)
    del carried
    assert is_dead(reference)
    assert function(torch.ones(1), Carried(Policy(4.0))).item() == 4.0
    assert y.item() == 3.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_compiled_layer_goes_with_its_object(backend):
    """Dropping a layer that was compiled drops what it carried."""
    layer = Layer(scale, Carried(Policy(3.0)))
    reference = weakref.ref(layer.carried.object)
    layer.compile(backend=backend, fullgraph=True)
    layer(torch.ones(2, 4)).sum().backward()
    del layer
    assert is_dead(reference)


def test_an_object_that_is_not_carried_lives_for_its_call_and_backward():
    """Passed as it is, it is kept like any other."""
    policy = Policy(3.0)
    reference = weakref.ref(policy)
    x = ones(1)
    y = scale(x, policy)
    del policy
    assert not is_dead(reference)
    y.backward()
    assert x.grad.item() == 3.0
    assert is_dead(reference)


def test_an_object_that_refers_to_its_own_handle_can_be_collected():
    """The garbage collector sees what a handle owns."""
    policy = Policy(3.0)
    policy.carried = Carried(policy)
    reference = weakref.ref(policy)
    assert scale(torch.ones(1), policy.carried).item() == 3.0
    del policy
    assert reference() is not None
    assert is_dead(reference)


def test_an_object_dies_while_its_op_runs_only_after_it():
    """Nothing but the call refers to it, and the call does until it ends."""
    alive = []

    @sidetable_torch.custom_op("sidetable_tests::last", objects=("policy",), mutates_args=())
    def last(x: Tensor, policy) -> Tensor:
        references.append(weakref.ref(policy))
        y = x * policy.factor
        del policy
        gc.collect()
        alive.append(references[0]() is not None)
        return y

    references = []
    last(torch.ones(1), Policy(2.0))
    assert alive == [True]
    assert is_dead(references[0])


def test_a_copy_of_a_handle_keeps_no_object():
    """It finds the object while that is there, and then says what has happened."""
    carried = Carried(Policy(3.0))
    reference = weakref.ref(carried.object)
    copied = carried.handle.clone()
    assert scale(torch.ones(1), copied).item() == 3.0
    del carried
    assert is_dead(reference)
    with pytest.raises(StaleHandleError) as raised:
        scale(torch.ones(1), copied)
    assert "The object was carried to a custom op" in raised.value.__notes__[0]


def test_no_table_grows_in_100_000_calls():
    """Ten thousand objects, one after the other, leave as many handles as there were."""
    x = torch.ones(1)
    gc.collect()
    before = len(HANDLES._living), len(HANDLES._secrets)
    for _ in range(10_000):
        carried = Carried(Policy(2.0))
        for _ in range(10):
            scale(x, carried)
    del carried
    assert (len(HANDLES._living), len(HANDLES._secrets)) == before


def test_no_table_grows_in_calls_with_backward():
    """Nor does it where backward has saved each of them, nor what the collector looks at."""
    function = torch.compile(scale, backend="aot_eager", fullgraph=True)
    x = ones(1)

    def call(times):
        for at in range(times):
            function(x, Carried(Policy(float(at)))).backward()
        gc.collect()
        return len(HANDLES._living), len(gc.get_objects())

    call(10)
    living, objects = call(10)
    later, more = call(500)
    assert later == living
    assert more < objects + 100
