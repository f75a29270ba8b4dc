"""Backward of ops with objects: late, in any order, elsewhere, again, and under checkpoints."""

from __future__ import annotations

import sys
import threading

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import sidetable_torch
from sidetable_torch import Carried

from .scaling_ops import BACKENDS, Policy, count, elsewhere, ones, scale

EVERYWHERE = ["not compiled", *BACKENDS]


@pytest.fixture(params=EVERYWHERE)
def scaled(request):
    """The op in a function that may be compiled."""

    def scaled(x, policy):
        return scale(scale(x, policy), policy)

    if request.param == "not compiled":
        return scaled
    return torch.compile(scaled, backend=request.param, fullgraph=True)


def carried(*factors):
    """Policies with these factors."""
    return [Carried(Policy(factor)) for factor in factors]


def test_forward_a_forward_b_backward_a(scaled):
    """Each backward uses its forward's object, in any order."""
    x = ones(3)
    policies = carried(2.0, 3.0, 5.0)
    results = [scaled(x, policy) for policy in policies]
    for at in (1, 0, 2):
        (found,) = torch.autograd.grad(results[at].sum(), x)
        assert found.tolist() == [policies[at].object.factor ** 2] * 3


def test_backward_in_another_thread(scaled):
    """A thread that has bound nothing finds what the forward was called with."""
    x = ones(3)
    y, z = (scaled(x, policy) for policy in carried(2.0, 3.0))
    for result, expected in ((y, 4.0), (z, 9.0)):
        (found,) = elsewhere(lambda result=result: torch.autograd.grad(result.sum(), x))
        assert found.tolist() == [expected] * 3


@torch._functorch.config.patch(donated_buffer=False)  # inductor keeps no graph with them
def test_backward_runs_twice(scaled):
    """A graph that is kept uses the same object again."""
    x = ones(3)
    y = scaled(x, *carried(2.0))
    scaled(x, *carried(3.0))
    first = torch.autograd.grad(y.sum(), x, retain_graph=True)
    scaled(x, *carried(5.0))
    second = torch.autograd.grad(y.sum(), x)
    assert first[0].tolist() == second[0].tolist() == [4.0] * 3


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_two_checkpoints(scaled, use_reentrant):
    """What is computed again in backward is so with the object of its forward."""
    x, z = ones(3), ones(3)
    two, three = carried(2.0, 3.0)
    y = checkpoint(scaled, x, two, use_reentrant=use_reentrant)
    y = y + checkpoint(scaled, z, three, use_reentrant=use_reentrant)
    y.sum().backward()
    assert (x.grad.tolist(), z.grad.tolist()) == ([4.0] * 3, [9.0] * 3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_checkpoints_inside_of_what_is_compiled(backend):
    """The same where the compiler decides what is computed again."""

    @torch.compile(backend=backend, fullgraph=True)
    def work(x, policy):
        return checkpoint(lambda x: scale(scale(x, policy), policy), x, use_reentrant=False)

    x = ones(3)
    y, z = (work(x, policy) for policy in carried(2.0, 3.0))
    assert torch.autograd.grad(y.sum(), x)[0].tolist() == [4.0] * 3
    assert torch.autograd.grad(z.sum(), x)[0].tolist() == [9.0] * 3


def test_double_backward():
    """A backward that calls the op is differentiated as the op is."""
    x = ones(3).double().detach().requires_grad_()
    (policy,) = carried(2.0)
    assert torch.autograd.gradcheck(lambda x: scale(x.sin(), policy).cos(), x)
    assert torch.autograd.gradgradcheck(lambda x: scale(x.sin(), policy).cos(), x)


def test_after_a_backward_that_raised():
    """An error in one backward leaves nothing behind that another would find."""

    @sidetable_torch.custom_op("sidetable_tests::faulty", objects=("policy",), mutates_args=())
    def faulty(x: Tensor, policy) -> Tensor:
        return x * policy.factor

    @faulty.register_fake
    def _(x, policy):
        return torch.empty_like(x)

    def backward(ctx, grad):
        return faulty(grad, ctx.policy), None

    def keep(ctx, inputs, output):
        _, ctx.policy = inputs

    faulty.register_autograd(backward, setup_context=keep)

    class Failing:
        factor = 2.0

    failing, (good,) = Carried(Failing()), carried(3.0)
    compiled = torch.compile(faulty, backend="aot_eager", fullgraph=True)
    x = ones(1)
    first, second = compiled(x, failing), compiled(x, good)
    del Failing.factor
    with pytest.raises(AttributeError):
        first.backward()
    second.backward()
    assert x.grad.item() == 3.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_compiled_autograd(backend):
    """A backward that is compiled as a whole uses each forward's object."""
    x = ones(1)
    with torch._dynamo.compiled_autograd._enable(
        lambda graph: torch.compile(graph, backend=backend)
    ):
        for policy in carried(2.0, 3.0, 5.0):
            scale(x, policy).backward()
    assert x.grad.item() == 10.0


def test_an_object_that_changes_under_a_checkpoint_that_is_not_compiled():
    """It is asked in forward, again where that is computed again, and in backward."""
    (policy,) = carried(1.0)
    compiled = torch.compile(count, backend="aot_eager", fullgraph=True)
    y = checkpoint(compiled, ones(1), policy, use_reentrant=False)
    y.backward()
    assert policy.object.calls == 3


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_eight_threads_that_call_one_function(backend):
    """Every thread finds its own object, forward and backward, however they take turns."""
    function = nn.Identity()
    function.forward = scale
    if backend != "not compiled":
        function.compile(backend=backend)
        function(ones(1), *carried(1.0))
    begin = threading.Barrier(8)
    wrong = []

    def work(factor):
        (policy,) = carried(factor)
        begin.wait()
        for _ in range(100):
            x = ones(1)
            y = function(x, policy)
            y.backward()
            if (y.item(), x.grad.item()) != (factor, factor):
                wrong.append((factor, y.item(), x.grad.item()))

    threads = [threading.Thread(target=work, args=(float(at),)) for at in range(2, 10)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
