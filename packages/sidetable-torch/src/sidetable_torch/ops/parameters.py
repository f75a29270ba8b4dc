"""Which parameters of an op are objects, and the schema in which they are handles."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from types import FunctionType, NoneType
from typing import TYPE_CHECKING, Any, Final, get_args

import torch

from ..errors import CustomOpError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_MAYBE_NONE: Final = re.compile(r"\b(None|Optional)\b")

# Since torch 2.13.
_SCHEMA_HAS_TAGS: Final = "tags" in inspect.signature(torch.library.infer_schema).parameters


@dataclass(frozen=True, slots=True)
class ObjectParameters:
    """The parameters of an op that are objects.

    Attributes:
        op: The op's name.
        names: The parameters' names, in the order of the signature.
        positions: Their positions in it, in the same order.
    """

    op: str
    names: tuple[str, ...]
    positions: tuple[int, ...]


def object_parameters(
    op: str, function: Callable[..., object], objects: Iterable[str]
) -> ObjectParameters:
    """Return the parameters of a function that are objects.

    Args:
        op: The op's name, for messages.
        function: The function.
        objects: The parameters' names, in any order.

    Raises:
        CustomOpError: If a name is not a parameter's, or PyTorch could not pass a handle for it.
    """
    wanted = frozenset(objects)
    parameters = inspect.signature(function).parameters
    for name in sorted(wanted - parameters.keys()):
        raise CustomOpError(
            op,
            f'objects names "{name}", which is not a parameter',
            f"The function's parameters are: {', '.join(parameters) or 'none'}",
            "Use the name of a parameter",
        )
    found = [(at, one) for at, one in enumerate(parameters.values()) if one.name in wanted]
    for _, parameter in found:
        _check(op, parameter)
    return ObjectParameters(op, tuple(one.name for _, one in found), tuple(at for at, _ in found))


def schema_of(
    function: Callable[..., object],
    parameters: ObjectParameters,
    mutates: Sequence[str],
    tags: Sequence[torch.Tag],
) -> str:
    """Return PyTorch's schema of a function, with a tensor for each object.

    An object's annotation is not evaluated, except for whether it allows None: `Policy | None`,
    `Optional[Policy]`, also as text, and a default of None.

    Args:
        function: The function, with an annotation for everything but the objects.
        parameters: Which of its parameters are objects.
        mutates: The names of the tensors that it changes.
        tags: PyTorch's tags of the op.

    Raises:
        ValueError: If PyTorch cannot infer a schema from the rest.
    """
    signature = inspect.signature(function)
    as_handles = [
        _as_handle(parameter) if parameter.name in parameters.names else parameter
        for parameter in signature.parameters.values()
    ]
    # Annotations that are text are read in the function's own module.
    asked = FunctionType(_never.__code__, function.__globals__, parameters.op)
    asked.__signature__ = signature.replace(parameters=as_handles)  # type: ignore[attr-defined]
    by_version: Any = {"tags": tags} if _SCHEMA_HAS_TAGS else {}  # not in every schema
    return torch.library.infer_schema(asked, mutates_args=mutates, **by_version)


def _check(op: str, parameter: inspect.Parameter) -> None:
    if parameter.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
        raise CustomOpError(
            op,
            f'the object "{parameter.name}" is {parameter.kind.description}',
            "Its handle is a tensor, and PyTorch passes tensors by position",
            "Make it a positional-or-keyword parameter; a call can still pass it by name",
        )
    if parameter.default is not inspect.Parameter.empty and parameter.default is not None:
        raise CustomOpError(
            op,
            f'the object "{parameter.name}" has a default that is not None',
            "An op's schema cannot hold an object",
            "Make None the default, and choose the object inside the function",
        )


def _as_handle(parameter: inspect.Parameter) -> inspect.Parameter:
    annotation = parameter.annotation
    text = annotation if isinstance(annotation, str) else ""
    can_be_none = (
        parameter.default is None
        or NoneType in get_args(annotation)
        or _MAYBE_NONE.search(text) is not None
    )
    return parameter.replace(annotation=torch.Tensor | None if can_be_none else torch.Tensor)


def _never() -> None: ...
