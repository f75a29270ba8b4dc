"""Lists where others have dictionaries; SideTable's names, edition 2026.11.

Its constructors are copied into a new dictionary for whoever asks: no view of them is live.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from functools import partial

from sidetable_source import (
    Codegen,
    IndexNotRegisteredError,
    ObjectNotAliveError,
    Source,
    unimplemented,
)

Constructor = Callable[[Codegen], None]


class ListTable:
    """Index n is position n of every list, and None in the binding where nothing is bound."""

    def __init__(self) -> None:
        self._constructors: list[Constructor] = []
        self._binding: list[weakref.ref[object] | None] = []
        self._examples: list[object] = []
        self._replacements: list[object] = []

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return dict(enumerate(self._constructors))

    def has_user_objects(self) -> bool:
        return len(self._constructors) > 0

    def register_user_object(self, value: object, source: Source) -> int:
        reference = self._refer(value, "a user object")
        return self._append(reference, lambda codegen: codegen(source))

    def register_graph_created_object(
        self, example_value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        reference = self._refer(example_value, "a graph-created object")
        self._examples.append(example_value)
        return self._append(reference, partial(construct_fn, len(self._constructors)))

    def store(self, *objects: object) -> None:
        self._binding[:] = [weakref.ref(value) for value in objects]
        self._replacements.clear()

    def get(self, index: int) -> object:
        if not 0 <= index < len(self._binding):
            raise IndexNotRegisteredError(index, "lists")
        reference = self._binding[index]
        if reference is None:
            raise IndexNotRegisteredError(index, "lists")
        value = reference()
        if value is None:
            raise ObjectNotAliveError(index, "lists")
        return value

    def set(self, index: int, value: object) -> None:
        reference = weakref.ref(value)
        if not 0 <= index < max(len(self._binding), len(self._constructors)):
            raise IndexNotRegisteredError(index, "lists")
        self._bind(index, reference)
        self._replacements.append(value)

    def reset(self) -> None:
        for content in (self._constructors, self._binding, self._examples, self._replacements):
            content.clear()

    def _refer(self, value: object, what: str) -> weakref.ref[object]:
        try:
            return weakref.ref(value)
        except TypeError as cause:
            unimplemented(
                gb_type=f"No weak reference to {what}",
                context=type(value).__name__,
                explanation="Its type does not allow one.",
                from_exc=cause,
            )

    def _append(self, reference: weakref.ref[object], constructor: Constructor) -> int:
        index = len(self._constructors)
        self._constructors.append(constructor)
        self._bind(index, reference)
        return index

    def _bind(self, index: int, reference: weakref.ref[object]) -> None:
        self._binding.extend([None] * (index + 1 - len(self._binding)))
        self._binding[index] = reference
