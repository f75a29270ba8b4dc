"""Faults in replacing one object."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ._mutant import Mutant
from ._parent import DYNAMO, OWN

if TYPE_CHECKING:
    from ._parent import Reference


class SetStores(Mutant):
    """A set is a store of one object, and the other indices are cleared."""

    caught_by = "set.replaces-one"
    through = "found"
    also = frozenset({"set.lifetime"})

    def set(self, index: int, value: object) -> None:
        super().set(index, value)
        self._references = {index: self._references[index]}


class SetKeepsTheOld(Mutant):
    """A set uses `setdefault`, and an index that is bound keeps its object."""

    caught_by = "set.replaces-one"
    through = "found"

    def set(self, index: int, value: object) -> None:
        before = self._references.copy()
        super().set(index, value)
        self._references |= before


class SetReplacesEveryAlias(Mutant):
    """A set replaces an object wherever it is bound, not at one index only."""

    caught_by = "set.replaces-one"
    through = "found 2"

    def set(self, index: int, value: object) -> None:
        old = self._references.get(index)
        super().set(index, value)
        for alias, reference in self._references.items():
            if reference is old:
                self._references[alias] = self._references[index]


class SetForgetsTheConstructor(Mutant):
    """The constructor of an index that was set would fetch the old object, and is dropped."""

    caught_by = "set.replaces-one"
    through = "fact"

    def set(self, index: int, value: object) -> None:
        super().set(index, value)
        self._constructors.pop(index, None)


class SetIsLostPastTheEnd(Mutant):
    """An index past the end is accepted in silence, and finds nothing afterwards."""

    caught_by = "set.bounds"
    through = "found"
    through_own = "fact"

    def set(self, index: int, value: object) -> None:
        if index in self._references or index in self._constructors:
            super().set(index, value)


class SetAppendsPastTheEnd(Mutant):
    """An index past the end is taken for the next free one, and the object is bound there."""

    caught_by = "set.bounds"
    through = "not found"
    through_own = "fact"
    also = frozenset({"set.replaces-one"})

    def set(self, index: int, value: object) -> None:
        size = len(self._references)
        super().set(min(index, size), value)


class SetTakesAnyIndex(Mutant):
    """Whatever index is given is bound."""

    caught_by = "set.bounds"
    through = "fact"
    editions = (OWN,)

    def set(self, index: int, value: object) -> None:
        self._references[index] = self._refer(value)
        self._hold_set(index, value)


class FailedSetUnbinds(Mutant):
    """The old reference is dropped before the new one is known to be possible."""

    caught_by = "set.not-weak-referenceable"
    through = "found"

    def set(self, index: int, value: object) -> None:
        before = self._references.pop(index, None)
        if before is not None:
            self._refer(value)
            self._references[index] = before
        super().set(index, value)


class FailedSetLeavesAPlaceholder(Mutant):
    """An index that is not bound gets a placeholder before the value is looked at."""

    caught_by = "set.not-weak-referenceable"
    through = "not found"

    def set(self, index: int, value: object) -> None:
        if index in self._constructors:
            self._references.setdefault(index, lambda: "nothing yet")
        super().set(index, value)


class FailedSetIsSilent(Mutant):
    """A value that can not be weakly referenced is ignored."""

    caught_by = "set.not-weak-referenceable"
    through = "raised"

    def set(self, index: int, value: object) -> None:
        with suppress(TypeError):
            super().set(index, value)


class FailedSetKeepsTheValue(Mutant):
    """The value is appended to the kept ones before it is looked at."""

    caught_by = "set.not-weak-referenceable"
    through = "dead"
    editions = (OWN,)

    def set(self, index: int, value: object) -> None:
        self._keep(value)
        super().set(index, value)
        self._keep_alive.pop()


class SetHoldsWeakly(Mutant):
    """What was set is held as weakly as what was stored."""

    caught_by = "set.lifetime"
    through = "alive"

    def _hold_set(self, index: int, value: object) -> None:
        """Holds nothing."""


class SetKeepsUntilReset(Mutant):
    """What was set is appended to the kept values, and stays when it was replaced long ago."""

    caught_by = "set.lifetime"
    through = "dead"
    editions = (OWN,)

    def _hold_set(self, index: int, value: object) -> None:
        self._keep(value)


class StoreLetsWhatWasSetGo(Mutant):
    """What was set is let go by the next store, not by reset."""

    caught_by = "set.lifetime"
    through = "alive 2"
    editions = (DYNAMO,)

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set[index] = value


class ResetKeepsWhatWasSet(Mutant):
    """Reset clears the binding, and leaves the values that were set until the next store."""

    caught_by = "set.lifetime"
    through = "dead 2"
    editions = (OWN,)

    def reset(self) -> None:
        held = self._values_set.copy()
        super().reset()
        self._values_set.update(held)


class SetHoldsTheNewestOnly(Mutant):
    """One attribute holds what was set last, at whichever index."""

    caught_by = "set.lifetime"
    through = "alive"

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set = {0: value}


class SetHoldsTheNewestOfAnIndex(Mutant):
    """What was set is kept until reset by its index, and lets go what was set there before."""

    caught_by = "set.lifetime"
    through = "alive 3"
    editions = (DYNAMO,)

    def _bind(self, references: dict[int, Reference]) -> None:
        self._references = references

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set[index] = value

    def reset(self) -> None:
        super().reset()
        self._values_set.clear()


SET_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    SetStores,
    SetKeepsTheOld,
    SetReplacesEveryAlias,
    SetForgetsTheConstructor,
    SetIsLostPastTheEnd,
    SetAppendsPastTheEnd,
    SetTakesAnyIndex,
    FailedSetUnbinds,
    FailedSetLeavesAPlaceholder,
    FailedSetIsSilent,
    FailedSetKeepsTheValue,
    SetHoldsWeakly,
    SetKeepsUntilReset,
    StoreLetsWhatWasSetGo,
    ResetKeepsWhatWasSet,
    SetHoldsTheNewestOnly,
    SetHoldsTheNewestOfAnIndex,
)
