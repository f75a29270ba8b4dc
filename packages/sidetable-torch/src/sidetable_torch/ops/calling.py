"""What an op's function gets for an object: its handle, the object itself, or nothing."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Final, NoReturn, cast, final

import torch
from torch._C import _get_dispatch_mode, _TorchDispatchModeKey

from ..errors import ObjectAbsentError
from .carried import Carried, found

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch._subclasses import FakeTensorMode

    from .parameters import ObjectParameters


_PLAIN: Final = (
    "A custom op got a tensor where it takes an object. A tensor there must be an object's "
    "handle, and this one is not. To pass a tensor as the object, wrap it: "
    "sidetable_torch.Carried(tensor)"
)


@final
class Absent:
    """What a fake implementation gets instead of an object."""

    __slots__ = ("_op", "_parameter")

    def __init__(self, op: str, parameter: str) -> None:
        self._op = op
        self._parameter = parameter

    def __getattr__(self, attribute: str) -> NoReturn:
        """Refuse.

        Raises:
            ObjectAbsentError: Always.
        """
        raise ObjectAbsentError(self._op, self._parameter, attribute)

    def __repr__(self) -> str:
        return f"<{self._parameter} of {self._op}, absent while tracing>"


def handle_for(value: object) -> torch.Tensor | None:
    """Return what a graph carries for an op's argument; compilers trace this.

    Args:
        value: A `Carried`, a handle, None, or any other object, which is carried for this call.
    """
    if value is None:
        return None
    if isinstance(value, torch.Tensor):
        if value.dtype is not torch.int64 or value.dim():
            raise TypeError(_PLAIN)
        handle = value
    else:
        handle = (value if isinstance(value, Carried) else Carried(value)).handle
    # A compiler makes its own fake tensors, of what it takes for inputs.
    return handle if torch.compiler.is_compiling() else _for_modes(handle)


def with_objects(
    function: Callable[..., object], parameters: ObjectParameters
) -> Callable[..., object]:
    """Return a kernel that takes handles, and calls a function with the objects."""
    positions = frozenset(parameters.positions)

    @wraps(function)
    def kernel(*args: object, **kwargs: object) -> object:
        given = [
            found(value) if at in positions and isinstance(value, torch.Tensor) else value
            for at, value in enumerate(args)
        ]
        return function(*given, **kwargs)

    return kernel


def without_objects(
    function: Callable[..., object], parameters: ObjectParameters
) -> Callable[..., object]:
    """Return a fake kernel that looks nothing up, and passes an `Absent` for each object."""
    absent = {
        at: Absent(parameters.op, name)
        for at, name in zip(parameters.positions, parameters.names, strict=True)
    }

    @wraps(function)
    def kernel(*args: object, **kwargs: object) -> object:
        given = [value if value is None else absent.get(at, value) for at, value in enumerate(args)]
        return function(*given, **kwargs)

    return kernel


def _for_modes(handle: torch.Tensor) -> torch.Tensor:
    """Return the handle, as a fake tensor if their mode is active."""
    mode = _get_dispatch_mode(_TorchDispatchModeKey.FAKE)
    if mode is None or type(handle) is not torch.Tensor:
        return handle
    return cast("FakeTensorMode", mode).from_tensor(handle)
