"""Faults in lookups that have to fail."""

from __future__ import annotations

import weakref
from types import MethodType
from typing import Final

from ._mutant import Mutant
from ._parent import DYNAMO, OWN, Reference


class UnboundIsNone(Mutant):
    """The table is read with `dict.get`, and an unknown index is None."""

    caught_by = "lookup.unregistered-is-error"
    also = frozenset(
        {
            "lookup.error-kinds",
            "lookup.negative-is-error",
            "lookup.repeatable",
            "reset.forgets-everything",
            "store.empty-clears",
            "store.failure",
            "store.large",
            "store.replaces-all",
            "store.replaces-trace-time",
            "weakref.failed-index-is-error",
        }
    )

    def _never_bound(self, index: int) -> object:
        return None


class UnboundIsNoneOnAnEmptyTable(Mutant):
    """A fast path for graphs that carry no objects returns before the index is checked."""

    caught_by = "lookup.unregistered-is-error"
    also = frozenset(
        {
            "lookup.error-kinds",
            "lookup.negative-is-error",
            "reset.forgets-everything",
            "set.replaces-one",
            "store.empty-clears",
            "store.failure",
        }
    )

    def get(self, index: int) -> object:
        return super().get(index) if self._references else None


class OnePastTheEndIsTheLast(Mutant):
    """The bound is checked with `<=`, and the index just past the end finds the last object."""

    caught_by = "lookup.unregistered-is-error"
    also = frozenset(
        {
            "index.after-store",
            "lookup.error-kinds",
            "lookup.repeatable",
            "set.replaces-one",
            "store.large",
            "store.replaces-all",
            "store.replaces-trace-time",
            "weakref.failed-index-is-error",
            "weakref.hostile-repr",
            "weakref.table-usable",
        }
    )

    def get(self, index: int) -> object:
        past_the_end = index == len(self._references) > 0
        return super().get(index - 1 if past_the_end else index)


class IndexWrapsAround(Mutant):
    """An index is cut to 32 bits, and one far past the end begins again at the front."""

    caught_by = "lookup.unregistered-is-error"

    def get(self, index: int) -> object:
        return super().get(index & 0xFFFFFFFF)


class StorePadsTheBinding(Mutant):
    """A binding is filled up to a multiple of four with its last object, to keep it aligned."""

    caught_by = "lookup.unregistered-is-error"
    also = frozenset(
        {
            "lookup.error-kinds",
            "set.bounds",
            "store.large",
            "store.replaces-all",
            "store.replaces-trace-time",
        }
    )

    def store(self, *objects: object) -> None:
        padding = objects[-1:] * (-len(objects) % 4)
        super().store(*objects, *padding)


class NegativeCountsFromTheEnd(Mutant):
    """The table is a list, and -1 is its last object."""

    caught_by = "lookup.negative-is-error"
    also = frozenset({"lookup.repeatable"})

    def get(self, index: int) -> object:
        return super().get(index + len(self._references) if index < 0 else index)


class LookupReservesTheIndex(Mutant):
    """A lookup past the end makes room for its index, and the next one is given out behind it."""

    caught_by = "lookup.repeatable"
    also = frozenset({"reset.forgets-everything", "set.replaces-one"})

    def _never_bound(self, index: int) -> object:
        self._next_index = max(self._next_index, index + 1)
        return super()._never_bound(index)


class DeadIsNone(Mutant):
    """What the weak reference gives is returned unchecked."""

    caught_by = "lookup.dead-is-error"
    also = frozenset({"lookup.dead-spares-others", "lookup.error-kinds"})

    def _died(self, index: int) -> object:
        return None


class BoundMethodLivesOn(Mutant):
    """A bound method is referred to through its owner, and found although it died at once."""

    caught_by = "lookup.dead-is-error"

    def _refer(self, value: object) -> Reference:
        return weakref.WeakMethod(value) if isinstance(value, MethodType) else super()._refer(value)


class DeathClosesTheGap(Mutant):
    """The references of dead objects are dropped, and later ones move up."""

    caught_by = "lookup.dead-spares-others"
    also = frozenset({"lookup.dead-is-error", "lookup.error-kinds"})

    def get(self, index: int) -> object:
        living = [found for found in self._references.values() if found() is not None]
        if len(living) < len(self._references):
            self._references = dict(enumerate(living))
        return super().get(index)


class DeathClearsTheBinding(Mutant):
    """One dead object makes the binding stale, and all of it is dropped."""

    caught_by = "lookup.dead-spares-others"
    also = frozenset({"lookup.error-kinds"})

    def _refer(self, value: object) -> Reference:
        return weakref.ref(value, lambda _: self._references.clear())


class OneErrorForBoth(Mutant):
    """Every failed lookup raises the same error with the same words."""

    caught_by = "lookup.error-kinds"

    def _never_bound(self, index: int) -> object:
        raise AssertionError("no object at this index")

    def _died(self, index: int) -> object:
        return self._never_bound(index)


class OneTypeForBoth(Mutant):
    """Every failed lookup raises an AssertionError, and only the words differ."""

    caught_by = "lookup.error-kinds"
    editions = (OWN,)

    def _never_bound(self, index: int) -> object:
        raise AssertionError("index was never registered")

    def _died(self, index: int) -> object:
        raise AssertionError("object is no longer alive")


class KeyErrorEscapes(Mutant):
    """The container's own KeyError reaches the caller, who waits for an AssertionError."""

    caught_by = "lookup.error-kinds"
    editions = (DYNAMO,)

    def _never_bound(self, index: int) -> object:
        raise KeyError(index)


class TheDeadAreForgotten(Mutant):
    """A death removes the entry, and the index seems never to have been bound."""

    caught_by = "lookup.error-kinds"

    def _died(self, index: int) -> object:
        return self._never_bound(index)


LOOKUP_ERRORS_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    UnboundIsNone,
    UnboundIsNoneOnAnEmptyTable,
    OnePastTheEndIsTheLast,
    IndexWrapsAround,
    StorePadsTheBinding,
    NegativeCountsFromTheEnd,
    LookupReservesTheIndex,
    DeadIsNone,
    BoundMethodLivesOn,
    DeathClosesTheGap,
    DeathClearsTheBinding,
    OneErrorForBoth,
    OneTypeForBoth,
    KeyErrorEscapes,
    TheDeadAreForgotten,
)
