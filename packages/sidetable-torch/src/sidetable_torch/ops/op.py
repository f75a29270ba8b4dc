"""`ObjectOp`: a custom op of PyTorch's that takes objects."""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast, final

import torch
from torch._library.custom_ops import CustomOpDef

from .calling import handle_for, with_objects, without_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .parameters import ObjectParameters

R = TypeVar("R")
F = TypeVar("F", bound="Callable[..., object]")


@final
class ObjectOp(Generic[R]):
    """A custom op that takes objects; made by `custom_op`.

    Call it with a `Carried`, a handle, or None where the parameter allows it. Any other object is
    carried for that one call, which suits eager code. In compiled code it breaks the graph, and
    with `fullgraph=True` it is an error: a handle made inside a graph would be a constant of it.

    Attributes:
        definition: PyTorch's own definition of the op, which takes handles.
    """

    __qualname__: str  # the function's

    def __init__(
        self, function: Callable[..., R], definition: CustomOpDef, parameters: ObjectParameters
    ) -> None:
        update_wrapper(self, function)
        self.definition: Final[CustomOpDef] = definition
        self._parameters: Final = parameters

    def __call__(self, *args: object, **kwargs: object) -> R:
        """Run the op, and return what it returns.

        Raises:
            TypeError: If a tensor that cannot be a handle is passed for an object.
            StaleHandleError: If a handle's object has been released.
            UnknownHandleError: If a tensor is passed that is not a handle.
        """
        positions, names = self._parameters.positions, self._parameters.names
        given = [handle_for(value) if at in positions else value for at, value in enumerate(args)]
        named = {
            name: handle_for(value) if name in names else value for name, value in kwargs.items()
        }
        # What it returns is what the function returns: the schema was made from it.
        return cast("R", self.definition(*given, **named))

    @property  # type: ignore[misc]  # the functions of torch.library ask it
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
        """The class that functions such as `torch.library.opcheck` take this for."""
        return CustomOpDef

    @property
    def _opoverload(self) -> object:
        return self.definition._opoverload

    def __get__(self, instance: object, owner: type | None = None) -> Callable[..., R]:
        """Return the op as a method, with the instance as its first argument; not on torch 2.11."""
        return self if instance is None else partial(self, instance)

    def __repr__(self) -> str:
        return f"<ObjectOp {self._parameters.op}: objects {', '.join(self._parameters.names)}>"

    def __reduce__(self) -> str:
        # As a function: a copy is itself, and a pickle is its name.
        return self.__qualname__

    def register_kernel(self, device_types: str | Sequence[str] | None) -> Callable[[F], F]:
        """Register a function as the implementation for some devices, and return it.

        The function gets the objects.

        Args:
            device_types: The devices; None for all that have no implementation of their own.
        """

        def register(function: F) -> F:
            kernel = with_objects(function, self._parameters)
            self.definition.register_kernel(device_types)(kernel)
            return function

        return register

    def register_fake(self, function: F) -> F:
        """Register a function as the fake implementation, and return it.

        It computes what the outputs look like. Instead of an object it gets something that raises
        `ObjectAbsentError` when it is used, or None where the op was called with None.
        """
        self.definition.register_fake(without_objects(function, self._parameters))
        return function

    def register_autocast(self, device_type: str, cast_inputs: torch.dtype) -> None:
        """Register what the op's tensors are cast to under autocast, as in PyTorch.

        Args:
            device_type: The device, such as `"cpu"`.
            cast_inputs: The type that floating-point tensors are cast to.
        """
        self.definition.register_autocast(device_type, cast_inputs)

    def register_autograd(
        self, backward: Callable[..., object], *, setup_context: Callable[..., object] | None = None
    ) -> None:
        """Register how gradients are computed, as in PyTorch.

        Compilers trace both functions, so neither gets the object: the `inputs` of `setup_context`
        have its handle. Save that for backward like any other tensor (or as an attribute of
        `ctx`), and pass it to an op that takes the object. It keeps the object alive until
        backward has run. The gradient of an object is None.

        Args:
            backward: Called with `ctx` and the outputs' gradients.
            setup_context: Called with `ctx`, `inputs` and `output` after the op has run.
        """
        self.definition.register_autograd(backward, setup_context=setup_context)

    def register_vmap(self, function: F) -> F:
        """Register a function as the implementation under `torch.vmap`, and return it.

        PyTorch calls it with handles for the objects, to be passed on to an op.
        """
        self.definition.register_vmap(function)
        return function


if torch.__version__.startswith("2.11."):
    # Its compiler takes whatever has a `__get__` for an attribute of the class, and would trace no
    # op that an instance has. So there an op can be no method: its first argument is missing then.
    del ObjectOp.__get__
