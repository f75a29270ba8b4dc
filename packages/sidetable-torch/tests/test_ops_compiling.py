"""Compiled code that calls ops with objects: compiled once, and right for every object."""

from __future__ import annotations

import collections
import logging
import random
import sqlite3
import threading

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.exc import Unsupported
from torch._dynamo.testing import CompileCounterWithBackend

import sidetable_torch
from sidetable_torch import Carried

from .scaling_ops import BACKENDS, INDUCTOR, Layer, Policy, count, layers, ones, right, scale


@sidetable_torch.custom_op("sidetable_tests::fold", objects=("state",), mutates_args=("state",))
def fold(x: Tensor, state) -> Tensor:
    """Adds a number that any kind of object is asked for."""
    match state:
        case random.Random():
            return x + state.randrange(1000)
        case sqlite3.Connection():
            return x + state.execute("select 7").fetchone()[0]
        case collections.OrderedDict():
            state[len(state)] = x.shape
            return x + len(state)
        case logging.Logger():
            return x + state.level
        case _:
            return x + float(state.locked())


@fold.register_fake
def _(x, state):
    return torch.empty_like(x)


fold.register_autograd(lambda ctx, grad: (grad, None))


@sidetable_torch.custom_op("sidetable_tests::both", objects=("first", "second"), mutates_args=())
def both(x: Tensor, first, second: Policy | None = None) -> Tensor:
    """Multiplies by what two policies say."""
    return x * first.factor * (second.factor if second else 1.0)


@both.register_fake
def _(x, first, second=None):
    return torch.empty_like(x)


def gradients(stack, y, x):
    """The gradients of everything that has one."""
    return torch.autograd.grad(
        y.sum(), [x, *(one for layer in stack for one in layer.parameters())]
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_twelve_layers_with_an_object_each_are_compiled_once(backend):
    """Each layer, forward and backward, uses its own object, in a graph that all of them share."""
    counter = CompileCounterWithBackend(backend)
    stack = layers(12)
    for layer in stack:
        layer.compile(backend=counter, fullgraph=True)
    x = ones(2, 4)
    y = nn.Sequential(*stack)(x)
    expected = right(stack, x)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(gradients(stack, y, x), gradients(stack, expected, x))
    assert counter.frame_count == 1


def test_a_number_for_each_object_is_compiled_again_for_each():
    """What the handles are for: a layer whose graph carries a number is compiled every time."""
    numbers = torch.library.custom_op(
        "sidetable_tests::numbered", lambda x, index: x * index, mutates_args=(),
        schema="(Tensor x, int index) -> Tensor",
    )  # fmt: skip
    numbers.register_fake(lambda x, index: torch.empty_like(x))
    counter = CompileCounterWithBackend("eager")
    for index in range(4):
        layer = Layer(numbers, index)
        layer.compile(backend=counter, fullgraph=True)
        layer(torch.ones(2, 4))
    assert counter.frame_count == 4


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_whole_stack_is_one_graph(backend):
    """Compiled together, the layers are one graph, and another stack uses it with its objects."""
    counter = CompileCounterWithBackend(backend)

    def run(stack, x):
        for layer in stack:
            x = layer(x)
        return x

    compiled = torch.compile(run, backend=counter, fullgraph=True)
    x = ones(2, 4)
    for first in (2.0, 5.0):
        stack = layers(3, first)
        y, expected = compiled(stack, x), right(stack, x)
        torch.testing.assert_close(y, expected)
        torch.testing.assert_close(gradients(stack, y, x), gradients(stack, expected, x))
    assert counter.frame_count == 1


@pytest.mark.parametrize("backend", ["aot_eager", INDUCTOR])
def test_layers_that_are_a_region_are_traced_once(backend):
    """In one graph, the layers are one subgraph, which is called with each of their objects."""
    counter = CompileCounterWithBackend(backend)
    run = torch.compiler.nested_compile_region(lambda layer, x: layer(x))

    @torch.compile(backend=counter, fullgraph=True)
    def compiled(stack, x):
        for layer in stack:
            x = run(layer, x)
        return x

    stack, x = layers(12), ones(2, 4)
    y, expected = compiled(stack, x), right(stack, x)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(gradients(stack, y, x), gradients(stack, expected, x))
    assert [name for name, _ in counter.graphs[0].named_children()] == ["subgraph_0"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_with_the_repair_installed(backend, names):
    """The repair of PyTorch's table has no part in it, and changes nothing."""
    counter = CompileCounterWithBackend(backend)
    stack, x = layers(3), ones(2, 4)
    for layer in stack:
        layer.compile(backend=counter, fullgraph=True)
    y, expected = nn.Sequential(*stack)(x), right(stack, x)
    torch.testing.assert_close(gradients(stack, y, x), gradients(stack, expected, x))
    assert counter.frame_count == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_objects_of_any_type_share_a_graph(backend):
    """Types that can be weakly referenced or not, with state and without, compiled once."""
    counter = CompileCounterWithBackend(backend)
    held = threading.Lock()
    held.acquire()
    database = sqlite3.connect(":memory:")
    logger = logging.getLogger("sidetable_tests")
    logger.setLevel(30)
    kinds = [random.Random(5), database, collections.OrderedDict(), held, logger]
    drawn = random.Random(5).randrange(1000)
    for kind, number in zip(kinds, [drawn, 7.0, 1.0, 1.0, 30.0], strict=True):
        layer = Layer(fold, Carried(kind))
        layer.compile(backend=counter, fullgraph=True)
        x = ones(2, 4)
        torch.testing.assert_close(layer(x), layer.linear(x) + number)
    assert counter.frame_count == 1
    database.close()


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_object_that_changes_is_asked_each_time_and_in_order(backend):
    """Calls that look the same are neither joined nor dropped, nor those in backward."""
    policy = Carried(Policy(1.0))

    def thrice(x, policy):
        first, second = count(x, policy), count(x, policy)
        count(x, policy)
        return first + 10 * second

    x = ones(1)
    y = torch.compile(thrice, backend=backend, fullgraph=True)(x, policy)
    assert (y.item(), policy.object.calls) == (21.0, 3)
    y.backward()
    assert policy.object.calls == 5


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_object_that_only_a_closure_refers_to(backend):
    """Functions that were made by one function share a graph, and each has its own object."""
    counter = CompileCounterWithBackend(backend)

    def make(factor):
        policy = Carried(Policy(factor))
        return torch.compile(lambda x: scale(x, policy), backend=counter, fullgraph=True)

    results = [make(factor)(torch.ones(1)).item() for factor in (2.0, 3.0, 4.0)]
    assert (results, counter.frame_count) == ([2.0, 3.0, 4.0], 1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_objects_in_any_order(backend):
    """Each is found for its own parameter, also one object for both, and no object for one."""
    compiled = torch.compile(both, backend=backend, fullgraph=True)
    two, three = Carried(Policy(2.0)), Carried(Policy(3.0))
    x = torch.ones(1)
    assert compiled(x, two, three).item() == 6.0
    assert compiled(x, first=three, second=two).item() == 6.0
    assert compiled(x, two, two).item() == 4.0
    assert compiled(x, second=None, first=three).item() == 3.0
    assert compiled(x, three).item() == 3.0


def test_one_object_carried_twice_is_two_inputs():
    """Two `Carried` of one object do not make a graph that is only for one object."""
    counter = CompileCounterWithBackend("eager")
    compiled = torch.compile(both, backend=counter, fullgraph=True)
    policy, other = Policy(2.0), Policy(3.0)
    x = torch.ones(1)
    assert compiled(x, Carried(policy), Carried(policy)).item() == 4.0
    assert compiled(x, Carried(policy), Carried(other)).item() == 6.0
    assert counter.frame_count == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_object_that_is_not_carried_breaks_the_graph(backend):
    """It is right for every object, and what is compiled around the break is so only once."""
    counter = CompileCounterWithBackend(backend)
    x = ones(2, 4)
    compiled = set()
    for factor in (2.0, 3.0, 4.0):
        layer = Layer(scale, Policy(factor))
        layer.compile(backend=counter)
        y = layer(x)
        torch.testing.assert_close(y, layer.linear(x) * factor)
        expected = torch.ones(2, 4) @ layer.linear.weight * factor
        torch.testing.assert_close(torch.autograd.grad(y.sum(), x), (expected,))
        compiled.add(counter.frame_count)
    assert len(compiled) == 1


def test_a_full_graph_refuses_an_object_that_is_not_carried():
    """The error is PyTorch's, and says what to do."""
    compiled = torch.compile(scale, backend="eager", fullgraph=True)
    with pytest.raises(Unsupported, match=r"make a sidetable_torch.Carried of an object outside"):
        compiled(torch.ones(1), Policy(2.0))


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_object_is_carried_between_two_graphs(backend):
    """What is carried inside of what is compiled is made anew in each call."""

    @torch.compile(backend=backend)
    def work(x, policy):
        return scale(scale(x, Carried(policy)), Carried(policy))

    for factor in (2.0, 3.0):
        assert work(torch.ones(1), Policy(factor)).item() == factor**2


def test_an_op_is_called_inside_of_an_op():
    """A function of an op has live objects, and passes them on as they are."""

    @sidetable_torch.custom_op("sidetable_tests::outer", objects=("policy",), mutates_args=())
    def outer(x: Tensor, policy) -> Tensor:
        return scale(scale(x, policy), Carried(policy))

    outer.register_fake(lambda x, policy: torch.empty_like(x))
    compiled = torch.compile(outer, backend="aot_eager", fullgraph=True)
    policies = [Carried(Policy(factor)) for factor in (2.0, 3.0)]
    assert [compiled(torch.ones(1), one).item() for one in policies] == [4.0, 9.0]
    assert outer(torch.ones(1), Policy(4.0)).item() == 16.0
