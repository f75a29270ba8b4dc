"""`custom_op`: PyTorch's decorator, for functions that take objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import torch
from torch._library.effects import EffectType

from ..errors import CustomOpError
from .calling import with_objects
from .op import ObjectOp
from .parameters import object_parameters, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

R = TypeVar("R")


def custom_op(
    name: str,
    *,
    objects: Iterable[str],
    mutates_args: Iterable[str],
    device_types: str | Sequence[str] | None = None,
    tags: Sequence[torch.Tag] = (),
    cudagraph_safe: bool = False,
) -> Callable[[Callable[..., R]], ObjectOp[R]]:
    """Make a function a custom op of PyTorch's that takes Python objects.

    It works like `torch.library.custom_op`, with one more argument, `objects`. In the op's schema
    an object is a tensor: its handle. The function gets the object, in whatever thread the op
    runs. A graph captured with one object is right for every other.

    Args:
        name: The op's name, with its namespace: `"mylib::scale"`.
        objects: The names of the parameters that are objects. They need no annotation; one that
            allows None, or a default of None, makes the op take None there.
        mutates_args: The names of what the op changes: tensors, as in PyTorch, and objects. Name
            an object if a call changes it, or if what a call returns depends on more than the
            arguments. Compilers then drop, merge and reorder no calls.
        device_types: The devices that the function is for; None for all.
        tags: PyTorch's tags.
        cudagraph_safe: Whether a CUDA graph may record the op. A replay runs the recorded kernels
            and never the function, so it uses the object of the recorded call, whatever handle a
            later call passes. By default the op is tagged `cudagraph_unsafe`, and Inductor splits
            the graph around it under `mode="reduce-overhead"`. Pass True only if the kernels do
            not depend on the object.

    Returns:
        A decorator.

    Raises:
        CustomOpError: If the function cannot be made such an op.
        ValueError: If PyTorch cannot infer a schema from the rest of the function's annotations.

    Example:
        >>> import random
        >>> import torch
        >>> from torch import Tensor
        >>> from sidetable_torch import Carried, custom_op
        >>> @custom_op("doctest_ops::jump", objects=("source",), mutates_args=("source",))
        ... def jump(x: Tensor, source: random.Random) -> Tensor:
        ...     return x + source.randrange(100)
        >>> @jump.register_fake
        ... def _(x, source):
        ...     return torch.empty_like(x)
        >>> compiled = torch.compile(jump, backend="eager", fullgraph=True)
        >>> source = Carried(random.Random(1))
        >>> expected = random.Random(1)
        >>> compiled(torch.zeros(1), source).item() == expected.randrange(100)
        True
        >>> compiled(torch.zeros(1), source).item() == expected.randrange(100)
        True
    """

    def declare(function: Callable[..., R]) -> ObjectOp[R]:
        mutated = _names(name, "mutates_args", mutates_args)
        parameters = object_parameters(name, function, _names(name, "objects", objects))
        tensors = [one for one in mutated if one not in parameters.names]
        all_tags = tuple(tags) if cudagraph_safe else (*tags, torch.Tag.cudagraph_unsafe)
        definition = torch.library.custom_op(
            name,
            with_objects(function, parameters),
            mutates_args=tensors,
            device_types=device_types,
            schema=schema_of(function, parameters, tensors, all_tags),
            tags=all_tags,
        )
        if len(tensors) < len(mutated):
            definition.register_effect(EffectType.ORDERED)
        return ObjectOp(function, definition, parameters)

    return declare


def _names(op: str, argument: str, given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise CustomOpError(
            op,
            f'{argument} is the string "{given}"',
            "It must list the names of parameters, one by one",
            "Pass a tuple of names",
        )
    return tuple(given)
