"""Registering, also by several threads at once: each index is given out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, final
from weakref import ref

from torch._dynamo.exc import unimplemented

if TYPE_CHECKING:
    from .bindings import Bindings
    from .entries import Constructor


@final
class Registering:
    """What PyTorch's two functions that register do, with an index that nobody else can get.

    PyTorch's own read how many constructors there are, and only then add one.

    Args:
        constructors: PyTorch's dictionary of constructors.
        bindings: Which binding counts.
    """

    __slots__ = ("_bindings", "_constructors")

    def __init__(self, constructors: dict[int, Constructor], bindings: Bindings) -> None:
        self._constructors = constructors
        self._bindings = bindings

    def user_object(self, value: object, source: object) -> int:
        """Registers a user object, and returns its index.

        Raises:
            Unsupported: If it can not be weakly referenced. The index is used up, as in PyTorch.
        """

        def constructor(codegen: Callable[[object], object]) -> None:
            codegen(source)

        index = self._give_index(lambda _: constructor)
        self._bind(index, value, "Failed to make weakref to User Object")
        return index

    def graph_created_object(
        self, example_value: object, construct_fn: Callable[[int, object], None]
    ) -> int:
        """Registers a graph-created object, kept alive, and returns its index.

        Raises:
            Unsupported: If it can not be weakly referenced. It stays registered, as in PyTorch.
        """
        self._bindings.kept.append(example_value)
        index = self._give_index(lambda index: partial(construct_fn, index))
        self._bind(index, example_value, "Failed to make weakref to graph-created external object")
        return index

    def _give_index(self, constructor_of: Callable[[int], Constructor]) -> int:
        index = len(self._constructors)
        while True:
            constructor = constructor_of(index)
            # One step, which no other thread can come between.
            if self._constructors.setdefault(index, constructor) is constructor:
                return index
            index += 1

    def _bind(self, index: int, value: object, what_failed: str) -> None:
        try:
            reference = ref(value)
        except TypeError as error:
            unimplemented(
                gb_type=what_failed,
                context=f"user_object: {value}",
                explanation="Object does not allow us to make a weakref to it",
                hints=[],
                from_exc=error,
            )
        self._bindings.bind_one(index, reference)
