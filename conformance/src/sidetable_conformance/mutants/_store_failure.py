"""Faults in a store with an argument that can not be weakly referenced."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Final

from ._mutant import Mutant
from ._parent import DYNAMO, OWN, USER_OBJECT, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable


class StoreSkipsTheBadArgument(Mutant):
    """What can not be weakly referenced is left out, and the store goes on."""

    caught_by = "store.not-weak-referenceable"
    through = "raised"
    also = frozenset({"store.failure"})

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        references: dict[int, Reference] = {}
        for index, value in enumerate(objects):
            with suppress(TypeError):
                references[index] = self._refer(value)
        return references


class StoreHoldsTheBadArgument(Mutant):
    """What can not be weakly referenced is held strongly instead."""

    caught_by = "store.not-weak-referenceable"
    through = "raised"
    also = frozenset({"store.failure"})

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        return {index: self._reference(value) for index, value in enumerate(objects)}

    def _reference(self, value: object) -> Reference:
        try:
            return self._refer(value)
        except TypeError:
            return lambda: value


class StoreTrustsAllButTheFirst(Mutant):
    """Only the first argument is checked, and the others are skipped when they do not fit."""

    caught_by = "store.not-weak-referenceable"
    through = "raised"
    also = frozenset({"store.failure"})

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        references: dict[int, Reference] = {}
        for index, value in enumerate(objects):
            with suppress(TypeError) if index else nullcontext():
                references[index] = self._refer(value)
        return references


class StoreRaisesUnsupported(Mutant):
    """A store refuses in the words of a registration, with Unsupported, which is no TypeError."""

    caught_by = "store.not-weak-referenceable"
    through = "raised"

    def store(self, *objects: object) -> None:
        try:
            super().store(*objects)
        except TypeError as cause:
            self._refuse(USER_OBJECT, objects, cause)


class ClearsBeforeItFills(Mutant):
    """The old binding is cleared before the new one is known to be whole."""

    caught_by = "store.failure"
    through = "found"
    editions = (OWN,)

    def store(self, *objects: object) -> None:
        self._bind({})
        super().store(*objects)


class FillsOneByOne(Mutant):
    """Each argument is bound as it comes, and an error leaves those before it in the table."""

    caught_by = "store.failure"
    through = "not found"
    through_own = "found"

    def store(self, *objects: object) -> None:
        self._bind({})
        for index, value in enumerate(objects):
            self._references[index] = self._refer(value)


class FailedStoreKeepsTheOld(Mutant):
    """The new binding is made before the old one is cleared, and an error leaves the old one."""

    caught_by = "store.failure"
    through = "not found"
    editions = (DYNAMO,)

    def _give_up_store(self) -> None:
        """Keeps what is bound."""


class FailedStoreResets(Mutant):
    """An error in a store resets the table, registrations and all."""

    caught_by = "store.failure"
    through = "fact"
    through_own = "found"

    def _give_up_store(self) -> None:
        self.reset()


class FailedStoreForgetsConstructors(Mutant):
    """An error in a store takes the constructors with it, since they fetched the wrong thing."""

    caught_by = "store.failure"
    through = "fact"

    def _give_up_store(self) -> None:
        super()._give_up_store()
        self._constructors.clear()


class FailedStoreLetsGo(Mutant):
    """An error in a store lets the example values go, since the trace will be given up."""

    caught_by = "store.failure"
    through = "fact"

    def _give_up_store(self) -> None:
        super()._give_up_store()
        self._keep_alive.clear()


STORE_FAILURE_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    StoreSkipsTheBadArgument,
    StoreHoldsTheBadArgument,
    StoreTrustsAllButTheFirst,
    StoreRaisesUnsupported,
    ClearsBeforeItFills,
    FillsOneByOne,
    FailedStoreKeepsTheOld,
    FailedStoreResets,
    FailedStoreForgetsConstructors,
    FailedStoreLetsGo,
)
