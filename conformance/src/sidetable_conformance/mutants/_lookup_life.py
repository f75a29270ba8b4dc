"""Faults in lookups of objects that may have died."""

from __future__ import annotations

import weakref
from types import MethodType
from typing import Final

from ._mutant import Mutant
from ._parent import DYNAMO, OWN, Edition, Reference


class DeadIsNone(Mutant):
    """What the weak reference gives is returned unchecked."""

    caught_by = "lookup.dead-is-error"
    through = "not found"
    also = frozenset({"lookup.dead-spares-others", "lookup.error-kinds"})

    def _died(self, index: int) -> object:
        return None


class BoundMethodLivesOn(Mutant):
    """A bound method is referred to through its owner, and found although it died at once."""

    caught_by = "lookup.dead-is-error"
    through = "not found 3"

    def _refer(self, value: object) -> Reference:
        return weakref.WeakMethod(value) if isinstance(value, MethodType) else super()._refer(value)


class DeathClosesTheGap(Mutant):
    """The references of dead objects are dropped, and later ones move up."""

    caught_by = "lookup.dead-spares-others"
    through = "found"
    also = frozenset({"lookup.dead-is-error", "lookup.error-kinds"})

    def get(self, index: int) -> object:
        living = [found for found in self._references.values() if found() is not None]
        if len(living) < len(self._references):
            self._references = dict(enumerate(living))
        return super().get(index)


class DeathClearsTheBinding(Mutant):
    """One dead object makes the binding stale, and all of it is dropped."""

    caught_by = "lookup.dead-spares-others"
    through = "found"
    also = frozenset({"lookup.error-kinds"})

    def _refer(self, value: object) -> Reference:
        return weakref.ref(value, lambda _: self._references.clear())


class OneErrorForBoth(Mutant):
    """Every failed lookup raises the same error with the same words."""

    caught_by = "lookup.error-kinds"
    through = "fact 2"

    def _never_bound(self, index: int) -> object:
        raise AssertionError("no object at this index")

    def _died(self, index: int) -> object:
        return self._never_bound(index)


class OneTypeForBoth(Mutant):
    """Every failed lookup raises an AssertionError, and only the words differ."""

    caught_by = "lookup.error-kinds"
    through = "fact 2"
    editions = (OWN,)

    def _never_bound(self, index: int) -> object:
        raise AssertionError("index was never registered")

    def _died(self, index: int) -> object:
        raise AssertionError("object is no longer alive")


class KeyErrorEscapes(Mutant):
    """The container's own KeyError reaches the caller, who waits for an AssertionError."""

    caught_by = "lookup.error-kinds"
    through = "fact"
    editions = (DYNAMO,)

    def _never_bound(self, index: int) -> object:
        raise KeyError(index)


class TheDeadAreForgotten(Mutant):
    """A death removes the entry, and the index seems never to have been bound."""

    caught_by = "lookup.error-kinds"
    through = "fact 2"

    def _died(self, index: int) -> object:
        return self._never_bound(index)


class RemembersTheLastResult(Mutant):
    """The last object found is kept for the next lookup, which then is faster."""

    caught_by = "lookup.does-not-extend-life"
    through = "dead"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._last_found: object = None

    def get(self, index: int) -> object:
        self._last_found = super().get(index)
        return self._last_found

    def reset(self) -> None:
        super().reset()
        self._last_found = None


class FirstLookupUpgrades(Mutant):
    """The first lookup puts the object itself in place of its weak reference."""

    caught_by = "lookup.does-not-extend-life"
    through = "dead"

    def get(self, index: int) -> object:
        value = super().get(index)
        self._references[index] = lambda: value
        return value


LOOKUP_LIFE_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    DeadIsNone,
    BoundMethodLivesOn,
    DeathClosesTheGap,
    DeathClearsTheBinding,
    OneErrorForBoth,
    OneTypeForBoth,
    KeyErrorEscapes,
    TheDeadAreForgotten,
    RemembersTheLastResult,
    FirstLookupUpgrades,
)
