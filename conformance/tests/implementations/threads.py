"""A table for every thread, its binding an immutable tuple; SideTable's names, edition 2026.11."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sidetable_source import (
    Codegen,
    IndexNotRegisteredError,
    ObjectNotAliveError,
    Source,
    unimplemented,
)

Constructor = Callable[[Codegen], None]


@dataclass(frozen=True)
class Bound:
    """One index's object, which it holds too when `set` put it in."""

    reference: weakref.ref[object]
    held: object = None


class ThreadTable(threading.local):
    """What one thread registered and stored, and no other can see."""

    def __init__(self) -> None:
        self._constructors: dict[int, Constructor] = {}
        self._examples: tuple[object, ...] = ()
        self._binding: tuple[Bound | None, ...] = ()

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return MappingProxyType(self._constructors)

    def has_user_objects(self) -> bool:
        return bool(self._constructors)

    def register_user_object(self, value: object, source: Source) -> int:
        return self._register("user object", value, lambda _, codegen: codegen(source))

    def register_graph_created_object(
        self, example_value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        index = self._register("graph-created object", example_value, construct_fn)
        self._examples += (example_value,)
        return index

    def store(self, *objects: object) -> None:
        self._binding = tuple(Bound(weakref.ref(value)) for value in objects)

    def get(self, index: int) -> object:
        bound = self._bound(index)
        if bound is None:
            raise IndexNotRegisteredError(index, "threads")
        value = bound.reference()
        if value is None:
            raise ObjectNotAliveError(index, "threads")
        return value

    def set(self, index: int, value: object) -> None:
        if self._bound(index) is None and index not in self._constructors:
            raise IndexNotRegisteredError(index, "threads")
        self._bind(index, Bound(weakref.ref(value), held=value))

    def reset(self) -> None:
        self._constructors.clear()
        self._examples = self._binding = ()

    def _bound(self, index: int) -> Bound | None:
        return self._binding[index] if 0 <= index < len(self._binding) else None

    def _bind(self, index: int, bound: Bound) -> None:
        free = (None,) * (index - len(self._binding))
        self._binding = (*self._binding[:index], *free, bound, *self._binding[index + 1 :])

    def _register(
        self, kind: str, value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        try:
            bound = Bound(weakref.ref(value))
        except TypeError as cause:
            unimplemented(
                gb_type=f"{kind} without weak references",
                context=type(value).__name__,
                explanation="Its type does not allow one.",
                from_exc=cause,
            )
        index = len(self._constructors)
        self._constructors[index] = lambda codegen: construct_fn(index, codegen)
        self._bind(index, bound)
        return index
