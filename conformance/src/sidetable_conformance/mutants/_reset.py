"""Faults in reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._mutant import Mutant

if TYPE_CHECKING:
    from ._parent import Edition, Kind, Reference


class ResetKeepsTheBinding(Mutant):
    """Reset ends the registrations, and what is bound stays until the next store."""

    caught_by = "reset.forgets-everything"
    through = "not found"

    def reset(self) -> None:
        bound = self._references
        super().reset()
        self._references = bound


class ResetKeepsWhatWasStored(Mutant):
    """Reset takes out the registered indices, and an object stored beyond them is still found."""

    caught_by = "reset.forgets-everything"
    through = "not found"

    def reset(self) -> None:
        bound = self._references
        registered = self._next_index
        super().reset()
        self._references = {index: bound[index] for index in bound if index >= registered}


class SecondResetBringsBack(Mutant):
    """Reset swaps two bindings and clears neither, so the second one brings the first back."""

    caught_by = "reset.idempotent"
    through = "fact"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._other: dict[int, Reference] = {}

    def reset(self) -> None:
        bound, spare = self._references, self._other
        super().reset()
        self._references, self._other = spare, bound


class ResetNeedsRegistrations(Mutant):
    """Reset pops what is there, and raises when there is nothing."""

    caught_by = "reset.idempotent"
    through = "called reset"

    def reset(self) -> None:
        if not self._constructors:
            raise KeyError("nothing to reset")
        super().reset()


class ResetTwiceRaises(Mutant):
    """Reset closes the table until the next registration, and a closed one can not be reset."""

    caught_by = "reset.idempotent"
    through = "called reset"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._closed = False

    def reset(self) -> None:
        if self._closed:
            raise RuntimeError("the table is closed")
        super().reset()
        self._closed = True

    def _take_index(self, kind: Kind) -> int:
        self._closed = False
        return super()._take_index(kind)


class NumberingOutlivesReset(Mutant):
    """Reset empties the containers and forgets the counter beside them."""

    caught_by = "index.restarts-on-reset"
    through = "fact"
    also = frozenset({"reset.forgets-everything"})

    def reset(self) -> None:
        next_index = self._next_index
        super().reset()
        self._next_index = next_index


RESET_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    ResetKeepsTheBinding,
    ResetKeepsWhatWasStored,
    SecondResetBringsBack,
    ResetNeedsRegistrations,
    ResetTwiceRaises,
    NumberingOutlivesReset,
)
