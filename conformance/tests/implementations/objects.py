"""An object with PyTorch's names, on a weak-value dictionary; edition 2026.11.

The dictionary drops the dead by itself, so a set of indices remembers what was ever bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

from sidetable_source import (
    Codegen,
    IndexNotRegisteredError,
    ObjectNotAliveError,
    Source,
    unimplemented,
)

Constructor = Callable[[Codegen], None]


class WeakValueTable:
    """PyTorch's functions as methods, each instance a table of its own."""

    def __init__(self) -> None:
        self._registered: list[Constructor] = []
        self._forget()

    def _forget(self) -> None:
        self._living: WeakValueDictionary[int, object] = WeakValueDictionary()
        self._bound: set[int] = set()
        self._held: dict[int, object] = {}
        self._examples: list[object] = []

    @property
    def index_to_bytecode_constructor(self) -> Mapping[int, Constructor]:
        return dict(enumerate(self._registered))

    def has_user_objects(self) -> bool:
        return self._registered != []

    def register_user_object(self, value: object, source: Source) -> int:
        index = self._admit(value, "User Object")
        self._registered.append(lambda codegen: codegen(source))
        return index

    def register_graph_created_object(
        self, example_value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        index = self._admit(example_value, "graph-created external object")
        self._examples.append(example_value)
        self._registered.append(lambda codegen: construct_fn(index, codegen))
        return index

    def store_user_object_weakrefs(self, *args: object) -> None:
        living = WeakValueDictionary(enumerate(args))
        self._living, self._bound, self._held = living, set(range(len(args))), {}

    def get_external_object_by_index(self, index: int) -> object:
        if index not in self._bound:
            raise IndexNotRegisteredError(index, "weak values")
        try:
            return self._living[index]
        except KeyError:
            raise ObjectNotAliveError(index, "weak values") from None

    def set_external_object_by_index(self, index: int, value: object) -> None:
        if index not in self._bound and not 0 <= index < len(self._registered):
            raise IndexNotRegisteredError(index, "weak values")
        self._living[index] = value
        self._bound.add(index)
        self._held[index] = value

    def reset_user_object_tracking(self) -> None:
        self._registered.clear()
        self._forget()

    def _admit(self, value: object, what: str) -> int:
        index = len(self._registered)
        try:
            self._living[index] = value
        except TypeError as cause:
            unimplemented(
                gb_type=f"Failed to make weakref to {what}",
                context=type(value).__name__,
                explanation="Its type does not allow one.",
                from_exc=cause,
            )
        self._bound.add(index)
        self._held.pop(index, None)
        return index
