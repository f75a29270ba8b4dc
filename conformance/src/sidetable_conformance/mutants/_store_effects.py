"""Faults in what a store does beside binding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._mutant import Mutant

if TYPE_CHECKING:
    from ._parent import Edition


class StoreKeepsItsArguments(Mutant):
    """The argument tuple is kept until the next store, so that nothing dies during the graph."""

    caught_by = "store.holds-weakly"
    through = "dead"
    also = frozenset(
        {
            "lookup.dead-is-error",
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "lookup.error-kinds",
        }
    )

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._arguments: tuple[object, ...] = ()

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._arguments = objects

    def reset(self) -> None:
        super().reset()
        self._arguments = ()


class StoreKeepsTheFirst(Mutant):
    """The first object is held strongly, as a sign that the binding is in use."""

    caught_by = "store.holds-weakly"
    through = "dead"
    also = frozenset(
        {
            "lookup.dead-is-error",
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "lookup.error-kinds",
        }
    )

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._first: object = None

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._first = next(iter(objects), None)

    def reset(self) -> None:
        super().reset()
        self._first = None


class StoreCutsTheConstructors(Mutant):
    """Constructors beyond the number of stored objects are taken for an older trace's."""

    caught_by = "store.keeps-registrations"
    through = "fact"
    also = frozenset(
        {
            "constructor.in-index-order",
            "constructor.survives",
            "present.ignores-bindings",
            "set.replaces-one",
        }
    )

    def store(self, *objects: object) -> None:
        super().store(*objects)
        for index in [index for index in self._constructors if index >= len(objects)]:
            del self._constructors[index]


class StoreSortsTheConstructors(Mutant):
    """A store moves the constructors of what it bound behind the others."""

    caught_by = "store.keeps-registrations"
    through = "fact"
    also = frozenset({"constructor.in-index-order", "set.replaces-one"})

    def store(self, *objects: object) -> None:
        super().store(*objects)
        for index in range(len(objects) - 1):
            if index in self._constructors:
                self._constructors[index] = self._constructors.pop(index)


class StoreNeedsRegistrations(Mutant):
    """Nothing was registered, so nothing is bound."""

    caught_by = "store.independent-of-registrations"
    through = "found"
    also = frozenset(
        {
            "index.after-store",
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "lookup.error-kinds",
            "lookup.identity",
            "set.lifetime",
            "set.replaces-one",
            "store.duplicates-kept",
            "store.empty-clears",
            "store.large",
            "store.not-weak-referenceable",
            "store.position-is-index",
            "store.replaces-all",
        }
    )

    def store(self, *objects: object) -> None:
        if self._constructors:
            super().store(*objects)


class StoreStopsAtTheRegistrations(Mutant):
    """Objects are zipped with the constructors, and what is left over is lost."""

    caught_by = "store.independent-of-registrations"
    through = "found"
    also = frozenset({"index.after-store", "store.replaces-trace-time", "weakref.table-usable"})

    def store(self, *objects: object) -> None:
        registered = len(self._constructors) or len(objects)
        super().store(*objects[:registered])


class StoreReturnsTheTable(Mutant):
    """The table is returned, so that calls can be chained."""

    caught_by = "store.returns-nothing"
    through = "fact"

    def store(self, *objects: object) -> None:
        super().store(*objects)
        return self  # type: ignore[return-value]  # the fault


class StoreReturnsTheNumber(Mutant):
    """The number of stored objects is returned."""

    caught_by = "store.returns-nothing"
    through = "fact"

    def store(self, *objects: object) -> None:
        super().store(*objects)
        return len(objects)  # type: ignore[return-value]  # the fault


STORE_EFFECTS_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    StoreKeepsItsArguments,
    StoreKeepsTheFirst,
    StoreCutsTheConstructors,
    StoreSortsTheConstructors,
    StoreNeedsRegistrations,
    StoreStopsAtTheRegistrations,
    StoreReturnsTheTable,
    StoreReturnsTheNumber,
)
