"""What the cases compile: functions that multiply by what a module says.

The module is no input of the graph: it stands in PyTorch's side table.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import ParamSpec, Protocol, TypeAlias, TypeVar, cast

import torch
from torch._dynamo.decorators import leaf_function
from torch._dynamo.graph_bytecode_inputs import get_external_object_by_index

_P = ParamSpec("_P")
_R = TypeVar("_R")

Compiled: TypeAlias = Callable[..., torch.Tensor]
"""A compiled function of a tensor and modules."""


class Scale(torch.nn.Module):
    """A module that stays opaque: it has a factor, and may do something when it is used."""

    def __init__(self, factor: float, action: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.factor = factor
        self.action = action


@leaf_function
def scaled(module: Scale, x: torch.Tensor) -> tuple[torch.Tensor]:
    """Multiply by the module's factor, after the module's action."""
    if module.action is not None:
        module.action()
    return (x * module.factor,)


@scaled.register_fake  # type: ignore[attr-defined, untyped-decorator]  # its own
def _(module: Scale, x: torch.Tensor) -> tuple[torch.Tensor]:
    return (torch.empty_like(x),)


@torch.library.custom_op("sidetable_cases::scaled_twice", mutates_args=())
def scaled_by_index(x: torch.Tensor, index: int) -> torch.Tensor:
    """Multiply by the factor of the module at an index, and so does its backward."""
    return x * factor_at(index)


@scaled_by_index.register_fake
def _(x: torch.Tensor, index: int) -> torch.Tensor:
    return torch.empty_like(x)


def factor_at(index: int) -> float:
    """Return the factor of the module at an index of the table."""
    return cast("Scale", get_external_object_by_index(index)).factor


@torch.library.custom_op("sidetable_cases::gradient", mutates_args=())
def gradient_by_index(gradient: torch.Tensor, index: int) -> torch.Tensor:
    """Multiply a gradient likewise; what runs in the backward."""
    return gradient * factor_at(index)


@gradient_by_index.register_fake
def _(gradient: torch.Tensor, index: int) -> torch.Tensor:
    return torch.empty_like(gradient)


class _Context(Protocol):
    """Where an operator's forward leaves something for its backward."""

    index: int


def _keep_index(ctx: _Context, inputs: tuple[object, int], output: object) -> None:
    ctx.index = inputs[1]


def _backward(ctx: _Context, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
    return gradient_by_index(gradient, ctx.index), None


scaled_by_index.register_autograd(_backward, setup_context=_keep_index)
gradient_by_index.register_autograd(_backward, setup_context=_keep_index)


def one(x: torch.Tensor, module: Scale) -> torch.Tensor:
    """Multiply by one module's factor."""
    return scaled(module, x)[0] + 0


def two(x: torch.Tensor, first: Scale, second: Scale) -> torch.Tensor:
    """Multiply by two modules' factors."""
    return scaled(second, scaled(first, x)[0])[0]


def plus_one(x: torch.Tensor) -> torch.Tensor:
    """Add one: a function that has no module."""
    return x + 1


def looked_up(x: torch.Tensor, module: Scale) -> torch.Tensor:
    """Multiply by the factor twice; the second time, and in backward, it looks the module up."""
    used: torch.Tensor = scaled(module, x)[0]
    return cast("torch.Tensor", scaled_by_index(used.detach() * 0 + x, 0))


def compiled(function: Callable[_P, _R], backend: str | Callable[..., object]) -> Callable[_P, _R]:
    """Return a function compiled anew, whatever was compiled before."""
    plain = cast("FunctionType", function)
    # PyTorch keeps what it has compiled with the code.
    fresh = FunctionType(
        plain.__code__.replace(),
        plain.__globals__,
        plain.__name__,
        plain.__defaults__,
        plain.__closure__,
    )
    return torch.compile(cast("Callable[_P, _R]", fresh), backend=backend)


def ones(*, grad: bool = False) -> torch.Tensor:
    """Return a tensor of ones."""
    return torch.ones(2, requires_grad=grad)
