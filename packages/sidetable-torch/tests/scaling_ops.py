"""Ops that take objects, and layers that have one each, for the tests of custom ops."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

import sidetable_torch
from sidetable_torch import Carried

if TYPE_CHECKING:
    import no_such_module  # what an object is annotated with is not looked at

INDUCTOR = pytest.param("inductor", marks=pytest.mark.inductor)
BACKENDS = ["eager", "aot_eager", INDUCTOR]


class Policy:
    """An object that a graph cannot carry."""

    def __init__(self, factor):
        self.factor = factor
        self.calls = 0


@sidetable_torch.custom_op("sidetable_tests::scale", objects=("policy",), mutates_args=())
def scale(x: Tensor, policy: no_such_module.Policy) -> Tensor:
    """Multiplies by what a policy says; its own backward."""
    return x * policy.factor


@scale.register_fake
def _(x, policy):
    return torch.empty_like(x)


def _save(ctx, inputs, output):
    _, handle = inputs
    ctx.save_for_backward(handle)


def _scale_back(ctx, grad):
    (handle,) = ctx.saved_tensors
    return scale(grad, handle), None


scale.register_autograd(_scale_back, setup_context=_save)


@sidetable_torch.custom_op("sidetable_tests::count", objects=("policy",), mutates_args=("policy",))
def count(x: Tensor, policy) -> Tensor:
    """Multiplies by how often the policy was asked, and asks."""
    policy.calls += 1
    return x * policy.calls


@count.register_fake
def _(x, policy):
    return torch.empty_like(x)


def _keep(ctx, inputs, output):
    _, ctx.policy = inputs


def _count_back(ctx, grad):
    return count(grad, ctx.policy), None


count.register_autograd(_count_back, setup_context=_keep)


class Layer(nn.Module):
    """A linear layer whose result an op changes, with an object that is the layer's own."""

    def __init__(self, op, carried):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.op = op
        self.carried = carried

    def forward(self, x):
        return self.op(self.linear(x), self.carried)


def layers(number, first=2.0):
    """Layers that multiply by 2.0, 3.0, and so on."""
    return [Layer(scale, Carried(Policy(first + at))) for at in range(number)]


def right(stack, x):
    """What layers compute, without an op."""
    for layer in stack:
        x = layer.linear(x) * layer.carried.object.factor
    return x


def ones(*shape):
    """What gradients are computed of."""
    return torch.ones(*shape, requires_grad=True)


def elsewhere(body):
    """Runs a body on a thread of its own, and returns what it returns."""
    results = []
    thread = threading.Thread(target=lambda: results.append(body()))
    thread.start()
    thread.join()
    return results[0]
