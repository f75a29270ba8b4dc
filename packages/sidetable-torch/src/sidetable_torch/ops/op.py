"""`ObjectOp`: a custom op of PyTorch's that takes objects."""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast, final

from torch._library.custom_ops import CustomOpDef

from .calling import handle_for, with_objects, without_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from .parameters import ObjectParameters

R = TypeVar("R")
F = TypeVar("F", bound="Callable[..., object]")


@final
class ObjectOp(Generic[R]):
    """A custom op that takes objects; made by `custom_op`.

    Called with a `Carried`, a handle, or None where the parameter allows it. Any other object is
    carried for the one call: that is for eager code. While something is compiled it breaks the
    graph, and with `fullgraph=True` it is an error, for a number that is made inside of a graph
    would be a constant of the graph.

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
        """Runs the op, and returns what it returns.

        Raises:
            TypeError: If a tensor is passed for an object, and it is neither a handle nor in a
                `Carried`.
            StaleHandleError: If a handle's object has been released.
            UnknownHandleError: If a tensor is passed that is no handle.
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
        """What `torch.library` takes this for, such as its `opcheck` and `register_autocast`."""
        return CustomOpDef

    @property
    def _opoverload(self) -> object:
        return self.definition._opoverload

    def __get__(self, instance: object, owner: type | None = None) -> Callable[..., R]:
        """Return the op as a method, with the instance as its first argument."""
        return self if instance is None else partial(self, instance)

    def __repr__(self) -> str:
        return f"<ObjectOp {self._parameters.op}: objects {', '.join(self._parameters.names)}>"

    def __reduce__(self) -> str:
        # As a function: a copy is itself, and a pickle is its name.
        return self.__qualname__

    def register_kernel(self, device_types: str | Sequence[str] | None) -> Callable[[F], F]:
        """Makes a function the implementation for devices, and returns it; called with objects.

        Args:
            device_types: The devices; None for all that have none of their own.
        """

        def register(function: F) -> F:
            kernel = with_objects(function, self._parameters)
            self.definition.register_kernel(device_types)(kernel)
            return function

        return register

    def register_fake(self, function: F) -> F:
        """Makes a function the fake implementation, and returns it.

        It computes what the outputs look like. In the place of an object it gets something that
        raises `ObjectAbsentError` when it is used, or None where the op was called with None.
        """
        self.definition.register_fake(without_objects(function, self._parameters))
        return function

    def register_autocast(self, device_type: str, cast_inputs: torch.dtype) -> None:
        """Register what the op's tensors are cast to under autocast, as PyTorch does it.

        Args:
            device_type: The device, such as `"cpu"`.
            cast_inputs: The type that tensors of numbers with a fraction are cast to.
        """
        self.definition.register_autocast(device_type, cast_inputs)

    def register_autograd(
        self, backward: Callable[..., object], *, setup_context: Callable[..., object] | None = None
    ) -> None:
        """Registers how gradients are computed, as PyTorch does it.

        Compilers trace both functions, so neither gets the object: among the `inputs` of
        `setup_context` is its handle. Save it for backward like any other tensor (or as an
        attribute of `ctx`), and pass it on to an op that takes the object. That keeps the object
        alive until backward has run. The gradient of an object is None.

        Args:
            backward: Called with `ctx` and the outputs' gradients.
            setup_context: Called with `ctx`, `inputs` and `output` after the op has run.
        """
        self.definition.register_autograd(backward, setup_context=setup_context)

    def register_vmap(self, function: F) -> F:
        """Makes a function the implementation under `torch.vmap`, and returns it.

        Called as PyTorch says, with handles for the objects, to be passed on.
        """
        self.definition.register_vmap(function)
        return function
