"""Faults in how long constructors are there."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

from ._mutant import Mutant

if TYPE_CHECKING:
    from ._parent import Edition, Reference


class StoreForgetsTheConstructors(Mutant):
    """A store clears the constructors, which have done their work by then."""

    caught_by = "constructor.survives"
    through = "fact 2"
    also = frozenset(
        {
            "constructor.in-index-order",
            "present.ignores-bindings",
            "set.replaces-one",
            "store.keeps-registrations",
        }
    )

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._constructors.clear()


class LookupForgetsTheConstructor(Mutant):
    """An index that was looked up needs no constructor any more, and loses it."""

    caught_by = "constructor.survives"
    through = "fact"
    also = frozenset({"lookup.repeatable", "set.replaces-one"})

    def get(self, index: int) -> object:
        value = super().get(index)
        self._constructors.pop(index, None)
        return value


class DeathForgetsTheConstructor(Mutant):
    """The constructor goes with the object that was seen at registration."""

    caught_by = "constructor.survives"
    through = "fact 3"
    also = frozenset({"present.ignores-death"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._watched: list[Reference] = []

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        forget = self._constructors.pop
        self._watched.append(weakref.ref(reference(), lambda _: forget(index, None)))

    def reset(self) -> None:
        super().reset()
        self._watched.clear()


class ResetKeepsTheConstructors(Mutant):
    """Reset clears the objects and leaves the code that fetches them."""

    caught_by = "constructor.survives"
    through = "fact 4"
    also = frozenset({"present.false-when-empty", "reset.forgets-everything"})

    def reset(self) -> None:
        constructors = self._constructors.copy()
        super().reset()
        self._constructors.update(constructors)


CONSTRUCTOR_LIFE_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    StoreForgetsTheConstructors,
    LookupForgetsTheConstructor,
    DeathForgetsTheConstructor,
    ResetKeepsTheConstructors,
)
