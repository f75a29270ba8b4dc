"""Slots that are never cleared, and that only count when they are of the current generation.

A store begins a new generation, and whatever it does not write over is out of date. SideTable's
names, edition 2026.11.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sidetable_source import (
    Codegen,
    IndexNotRegisteredError,
    ObjectNotAliveError,
    Source,
    unimplemented,
)

Constructor = Callable[[Codegen], None]


@dataclass(slots=True)
class Slot:
    """What one index is, and what it means in one generation."""

    constructor: Constructor | None = None
    example: object = None
    generation: int = -1
    reference: weakref.ref[object] | None = None
    replacement: object = None

    def bind(self, reference: weakref.ref[object], generation: int) -> None:
        """Replaces what the slot means, whatever generation it was of."""
        self.reference = reference
        self.generation = generation
        self.replacement = None


@dataclass(slots=True)
class Constructors(Mapping[int, Constructor]):
    """The registered slots, read as a mapping."""

    slots: list[Slot]

    def __getitem__(self, index: int) -> Constructor:
        if not 0 <= index < len(self):
            raise KeyError(index)
        constructor = self.slots[index].constructor
        assert constructor is not None
        return constructor

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return sum(slot.constructor is not None for slot in self.slots)


@dataclass(slots=True)
class GenerationTable:
    """A list of slots, and the generation that is the current one."""

    _slots: list[Slot] = field(default_factory=list)
    _generation: int = 0

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return Constructors(self._slots)

    def has_user_objects(self) -> bool:
        return bool(self._slots) and self._slots[0].constructor is not None

    def register_user_object(self, value: object, source: Source) -> int:
        return self._register("user object", value, lambda index, codegen: codegen(source))

    def register_graph_created_object(
        self, example_value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        index = self._register("graph-created object", example_value, construct_fn)
        self._slots[index].example = example_value
        return index

    def store(self, *objects: object) -> None:
        references = [weakref.ref(value) for value in objects]
        self._generation += 1
        for slot in self._slots:
            slot.replacement = None
        for index, reference in enumerate(references):
            self._slot(index).bind(reference, self._generation)

    def get(self, index: int) -> object:
        reference = self._current(index)
        if reference is None:
            raise IndexNotRegisteredError(index, "generations")
        value = reference()
        if value is None:
            raise ObjectNotAliveError(index, "generations")
        return value

    def set(self, index: int, value: object) -> None:
        registered = 0 <= index < len(self._slots) and self._slots[index].constructor is not None
        if self._current(index) is None and not registered:
            raise IndexNotRegisteredError(index, "generations")
        self._slots[index].bind(weakref.ref(value), self._generation)
        self._slots[index].replacement = value

    def reset(self) -> None:
        self._slots = []
        self._generation = 0

    def _current(self, index: int) -> weakref.ref[object] | None:
        if not 0 <= index < len(self._slots):
            return None
        slot = self._slots[index]
        return slot.reference if slot.generation == self._generation else None

    def _slot(self, index: int) -> Slot:
        if index == len(self._slots):
            self._slots.append(Slot())
        return self._slots[index]

    def _register(
        self, kind: str, value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        try:
            reference = weakref.ref(value)
        except TypeError as cause:
            unimplemented(
                gb_type=f"{kind} without weak references",
                context=type(value).__name__,
                explanation="Its type does not allow one.",
                from_exc=cause,
            )
        index = len(self.constructors)
        slot = self._slot(index)
        slot.constructor = lambda codegen: construct_fn(index, codegen)
        slot.bind(reference, self._generation)
        return index
