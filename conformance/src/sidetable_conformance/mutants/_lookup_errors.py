"""Faults in lookups that have to fail."""

from __future__ import annotations

from typing import Final

from ._mutant import Mutant
from ._parent import Reference


class UnboundIsNone(Mutant):
    """The table is read with `dict.get`, and an unknown index is None."""

    caught_by = "lookup.unregistered-is-error"
    through = "not found"
    also = frozenset(
        {
            "lookup.error-kinds",
            "lookup.negative-is-error",
            "lookup.repeatable",
            "reset.forgets-everything",
            "set.bounds",
            "set.not-weak-referenceable",
            "set.replaces-one",
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
    through = "not found"
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
    through = "not found 2"
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
    through = "not found 2"

    def get(self, index: int) -> object:
        return super().get(index & 0xFFFFFFFF)


class StorePadsTheBinding(Mutant):
    """A binding is filled up to a multiple of four with its last object, to keep it aligned."""

    caught_by = "lookup.unregistered-is-error"
    through = "not found 3"
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
    through = "not found 2"
    also = frozenset({"lookup.repeatable"})

    def get(self, index: int) -> object:
        return super().get(index + len(self._references) if index < 0 else index)


class NegativeCountsFromTheStoresEnd(Mutant):
    """Only a store makes a list of the binding, and from then on -1 is its last object."""

    caught_by = "lookup.negative-is-error"
    through = "not found 3"
    also = frozenset({"lookup.repeatable", "set.bounds"})

    def _bind(self, references: dict[int, Reference]) -> None:
        counted = {at - len(references): references[at] for at in references}
        super()._bind(references | counted)


LOOKUP_ERRORS_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    UnboundIsNone,
    UnboundIsNoneOnAnEmptyTable,
    OnePastTheEndIsTheLast,
    IndexWrapsAround,
    StorePadsTheBinding,
    NegativeCountsFromTheEnd,
    NegativeCountsFromTheStoresEnd,
)
