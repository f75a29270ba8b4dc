"""Faults in what a store binds."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ._mutant import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._parent import Edition, Reference


class StoresInReverse(Mutant):
    """The objects are popped off the operand stack, and arrive last one first."""

    caught_by = "store.position-is-index"
    through = "found"
    also = frozenset(
        {
            "index.after-store",
            "lookup.dead-is-error",
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "lookup.error-kinds",
            "lookup.identity",
            "lookup.repeatable",
            "set.lifetime",
            "store.duplicates-kept",
            "store.empty-clears",
            "store.independent-of-registrations",
            "store.large",
            "store.replaces-all",
            "store.replaces-trace-time",
            "weakref.failed-index-is-error",
            "weakref.table-usable",
        }
    )

    def store(self, *objects: object) -> None:
        super().store(*reversed(objects))


class StoreSwapsPacks(Mutant):
    """More than 255 arguments are passed in packs, and the last pack is bound first."""

    caught_by = "store.position-is-index"
    through = "found"
    also = frozenset({"store.large", "store.replaces-all"})

    def store(self, *objects: object) -> None:
        super().store(*objects[255:], *objects[:255])


class StoreUpdates(Mutant):
    """A store writes over the positions that it has, and leaves what lies behind them."""

    caught_by = "store.replaces-all"
    through = "not found"
    also = frozenset({"store.empty-clears", "store.large", "store.replaces-trace-time"})

    def store(self, *objects: object) -> None:
        before = self._references
        super().store(*objects)
        super()._bind(before | self._references)


class StoreSkipsWhatIsBound(Mutant):
    """A store fills the free positions, with `setdefault`, and what was there stays."""

    caught_by = "store.replaces-all"
    through = "found"
    also = frozenset(
        {
            "index.after-store",
            "store.empty-clears",
            "store.independent-of-registrations",
            "store.large",
            "store.replaces-trace-time",
            "weakref.failed-index-is-error",
            "weakref.table-usable",
        }
    )

    def store(self, *objects: object) -> None:
        before = self._references
        super().store(*objects)
        super()._bind(self._references | before)


class StoreSkipsWhatItKnows(Mutant):
    """A store of the objects that are bound already is skipped, without a look at their order."""

    caught_by = "store.replaces-all"
    through = "found 2"
    also = frozenset({"store.not-weak-referenceable"})

    def store(self, *objects: object) -> None:
        bound = {id(reference()) for reference in self._references.values()}
        if len(objects) != len(self._references) or bound != {id(value) for value in objects}:
            super().store(*objects)


class TraceTimeComesFirst(Mutant):
    """A lookup asks the objects seen at registration first, for as long as they live."""

    caught_by = "store.replaces-trace-time"
    through = "found"
    also = frozenset(
        {
            "index.after-store",
            "set.replaces-one",
            "store.empty-clears",
            "store.failure",
            "store.independent-of-registrations",
            "weakref.failed-index-is-error",
            "weakref.table-usable",
        }
    )

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._trace_time: dict[int, Reference] = {}

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._trace_time[index] = reference

    def get(self, index: int) -> object:
        seen = self._trace_time.get(index, lambda: None)()
        return super().get(index) if seen is None else seen

    def reset(self) -> None:
        super().reset()
        self._trace_time.clear()


class TraceTimeShinesThrough(Mutant):
    """An index that was not stored still finds the object that was seen at registration."""

    caught_by = "store.replaces-trace-time"
    through = "not found"
    also = frozenset({"store.empty-clears", "store.failure"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._trace_time: dict[int, Reference] = {}

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._trace_time[index] = reference

    def _bind(self, references: dict[int, Reference]) -> None:
        super()._bind(self._trace_time | references)

    def reset(self) -> None:
        self._trace_time = {}
        super().reset()


class EmptyStoreDoesNothing(Mutant):
    """`if not objects: return` saves the work that a store of nothing still has to do."""

    caught_by = "store.empty-clears"
    through = "not found"
    also = frozenset({"set.lifetime"})

    def store(self, *objects: object) -> None:
        if objects:
            super().store(*objects)


class StoresEachObjectOnce(Mutant):
    """An object that is already stored is skipped, by identity, and finds no second position."""

    caught_by = "store.duplicates-kept"
    through = "found"
    also = frozenset({"lookup.identity"})

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        first = {id(value): index for index, value in reversed([*enumerate(objects)])}
        kept = set(first.values())
        references = super()._references_to(objects)
        return {index: reference for index, reference in references.items() if index in kept}


class StoreKeepsWhatIsEqual(Mutant):
    """A store leaves an index alone whose object is equal to the new one."""

    caught_by = "store.replaces-all"
    through = "found 2"

    def _bind(self, references: dict[int, Reference]) -> None:
        kept: dict[int, Reference] = {}
        for index in references.keys() & self._references.keys():
            old = self._references[index]()
            if old is not None and old == references[index]():
                kept[index] = self._references[index]
        super()._bind({**references, **kept})


class StoresEqualObjectsOnce(Mutant):
    """Each object is interned in a dictionary, and equal ones are stored as the first of them."""

    caught_by = "store.duplicates-kept"
    through = "found 2"
    also = frozenset({"lookup.identity", "store.replaces-all"})

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        interned: dict[object, object] = {}

        def intern(value: object) -> object:
            with suppress(Exception):
                return interned.setdefault(value, value)
            return value

        return super()._references_to(map(intern, objects))


class StoreRecurses(Mutant):
    """The references are made by a function that calls itself for the rest of the arguments."""

    caught_by = "store.large"
    through = "called store"

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        remaining = iter(objects)

        def refer_from(index: int) -> dict[int, Reference]:
            for value in remaining:
                return {index: self._refer(value)} | refer_from(index + 1)
            return {}

        return refer_from(0)


class StoreFitsTwoBytes(Mutant):
    """The number of objects is kept in two bytes, and 65,536 of them are none."""

    caught_by = "store.large"
    through = "found"

    def store(self, *objects: object) -> None:
        super().store(*objects[: len(objects) & 0xFFFF])


STORE_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    StoresInReverse,
    StoreSwapsPacks,
    StoreUpdates,
    StoreSkipsWhatIsBound,
    StoreSkipsWhatItKnows,
    TraceTimeComesFirst,
    TraceTimeShinesThrough,
    EmptyStoreDoesNothing,
    StoresEachObjectOnce,
    StoreKeepsWhatIsEqual,
    StoresEqualObjectsOnce,
    StoreRecurses,
    StoreFitsTwoBytes,
)
