"""Faults in replacing one object."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from ._mutant import Mutant
from ._parent import DYNAMO, OWN


class SetStores(Mutant):
    """A set is a store of one object, and the other indices are cleared."""

    caught_by = "set.replaces-one"
    also = frozenset({"set.lifetime"})

    def set(self, index: int, value: object) -> None:
        super().set(index, value)
        self._references = {index: self._references[index]}


class SetKeepsTheOld(Mutant):
    """A set uses `setdefault`, and an index that is bound keeps its object."""

    caught_by = "set.replaces-one"

    def set(self, index: int, value: object) -> None:
        before = self._references.copy()
        super().set(index, value)
        self._references |= before


class SetReplacesEveryAlias(Mutant):
    """A set replaces an object wherever it is bound, not at one index only."""

    caught_by = "set.replaces-one"

    def set(self, index: int, value: object) -> None:
        old = self._references.get(index)
        super().set(index, value)
        for alias, reference in self._references.items():
            if reference is old:
                self._references[alias] = self._references[index]


class SetForgetsTheConstructor(Mutant):
    """The constructor of an index that was set would fetch the old object, and is dropped."""

    caught_by = "set.replaces-one"

    def set(self, index: int, value: object) -> None:
        super().set(index, value)
        self._constructors.pop(index, None)


class SetIsLostPastTheEnd(Mutant):
    """An index past the end is accepted in silence, and finds nothing afterwards."""

    caught_by = "set.bounds"

    def set(self, index: int, value: object) -> None:
        if index in self._references or index in self._constructors:
            super().set(index, value)


class SetAppendsPastTheEnd(Mutant):
    """An index past the end is taken for the next free one, and the object is bound there."""

    caught_by = "set.bounds"
    also = frozenset({"set.replaces-one"})

    def set(self, index: int, value: object) -> None:
        size = len(self._references)
        super().set(min(index, size), value)


class SetTakesAnyIndex(Mutant):
    """Whatever index is given is bound."""

    caught_by = "set.bounds"
    editions = (OWN,)

    def set(self, index: int, value: object) -> None:
        self._references[index] = self._refer(value)
        self._hold_set(index, value)


class FailedSetUnbinds(Mutant):
    """The old reference is dropped before the new one is known to be possible."""

    caught_by = "set.not-weak-referenceable"

    def set(self, index: int, value: object) -> None:
        before = self._references.pop(index, None)
        if before is not None:
            self._refer(value)
            self._references[index] = before
        super().set(index, value)


class FailedSetIsSilent(Mutant):
    """A value that can not be weakly referenced is ignored."""

    caught_by = "set.not-weak-referenceable"

    def set(self, index: int, value: object) -> None:
        with suppress(TypeError):
            super().set(index, value)


class FailedSetKeepsTheValue(Mutant):
    """The value is appended to the kept ones before it is looked at."""

    caught_by = "set.not-weak-referenceable"
    editions = (OWN,)

    def set(self, index: int, value: object) -> None:
        self._keep(value)
        super().set(index, value)
        self._keep_alive.pop()


class SetHoldsWeakly(Mutant):
    """What was set is held as weakly as what was stored."""

    caught_by = "set.lifetime"

    def _hold_set(self, index: int, value: object) -> None:
        """Holds nothing."""


class SetKeepsUntilReset(Mutant):
    """What was set is appended to the kept values, and stays when it was replaced long ago."""

    caught_by = "set.lifetime"
    editions = (OWN,)

    def _hold_set(self, index: int, value: object) -> None:
        self._keep(value)


class StoreLetsWhatWasSetGo(Mutant):
    """What was set is let go by the next store, not by reset."""

    caught_by = "set.lifetime"
    editions = (DYNAMO,)

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set[index] = value


class SetHoldsTheNewestOnly(Mutant):
    """One attribute holds what was set last, at whichever index."""

    caught_by = "set.lifetime"

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set = {0: value}


SET_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    SetStores,
    SetKeepsTheOld,
    SetReplacesEveryAlias,
    SetForgetsTheConstructor,
    SetIsLostPastTheEnd,
    SetAppendsPastTheEnd,
    SetTakesAnyIndex,
    FailedSetUnbinds,
    FailedSetIsSilent,
    FailedSetKeepsTheValue,
    SetHoldsWeakly,
    SetKeepsUntilReset,
    StoreLetsWhatWasSetGo,
    SetHoldsTheNewestOnly,
)
