"""Faults in what a table makes of indices that are no ints, and of being copied."""

from __future__ import annotations

import operator
import weakref
from typing import Final, Self, SupportsIndex

from ._contexts import Reference
from ._frames import Frame
from ._isolated import Hold
from ._parent import ConstructFn, Edition, Kind
from ._robust_frames import RobustFrame
from ._robust_mutant import RobustMutant


def _rounded_down(index: object) -> int:
    return int(index) if type(index) is float else index  # type: ignore[return-value]  # the fault


class GetTakesIntsOnly(RobustMutant):
    """A lookup finds nothing at an index whose type is not int."""

    caught_by = "robust.index-types"
    through = "found"

    def get(self, index: int) -> object:
        return super().get(index) if type(index) is int else self._never_bound(0)


class GetCountsFromTheEnd(RobustMutant):
    """A lookup only asks of an int whether it is negative."""

    caught_by = "robust.index-types"
    through = "not found"

    def get(self, index: int) -> object:
        binding = self._bound_in(self._whole())
        if type(index) is not int and operator.index(index) < 0 and binding is not None:
            index = max(binding.references)
        return super().get(index)


class GetRoundsDown(RobustMutant):
    """A lookup makes an int of a float."""

    caught_by = "robust.index-types"
    through = "raised"

    def get(self, index: int) -> object:
        return super().get(_rounded_down(index))


class SetTakesIntsOnly(RobustMutant):
    """A set does nothing at an index whose type is not int."""

    caught_by = "robust.index-types"
    through = "found 2"

    def set(self, index: int, value: object) -> None:
        if type(index) is int:
            super().set(index, value)


class SetRoundsDown(RobustMutant):
    """A set makes an int of a float."""

    caught_by = "robust.index-types"
    through = "raised 2"

    def set(self, index: int, value: object) -> None:
        super().set(_rounded_down(index), value)


class ResolveTakesIntsOnly(RobustMutant):
    """A lookup by a handle finds nothing at an index whose type is not int."""

    caught_by = "robust.index-types"
    through = "found 3"

    def resolve(self, handle: int, index: int) -> object:
        if type(index) is not int:
            return self._never_bound(0)
        return super().resolve(handle, index)


class ResolveRoundsDown(RobustMutant):
    """A lookup by a handle makes an int of a float."""

    caught_by = "robust.index-types"
    through = "raised 3"

    def resolve(self, handle: int, index: int) -> object:
        return super().resolve(handle, _rounded_down(index))


class CopyBindsForBoth(RobustMutant):
    """A copy has its own registrations, and the original's place in every context."""

    caught_by = "robust.copy-and-pickle"
    through = "found"

    def __copy__(self) -> Self:
        copied = type(self)(self.edition)
        copied.__dict__ |= self.__dict__
        return copied


class CopyRegistersForBoth(RobustMutant):
    """What is registered in a copy is registered in the original as well."""

    caught_by = "robust.copy-and-pickle"
    through = "fact"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._twins = weakref.WeakSet([self])

    def __copy__(self) -> Self:
        copied = type(self)(self.edition)
        copied._twins = self._twins
        self._twins.add(copied)
        return copied

    def _add(
        self,
        kind: Kind,
        value: object,
        construct_fn: ConstructFn,
        reference: Reference | None,
        hold: Hold,
    ) -> int:
        index = super()._add(kind, value, construct_fn, reference, hold)
        for twin in self._twins - {self}:
            added = self._constructor(kind, len(twin._constructors), construct_fn)
            twin._constructors = {**twin._constructors, len(twin._constructors): added}
        return index


class _Number(int):
    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type[int], tuple[int]]:
        return int, (0,)


class _NumberedFrame(RobustFrame):
    @property
    def handle(self) -> int:
        return _Number(super().handle)


class HandleLosesItsNumber(RobustMutant):
    """A handle is an object of its own type, and its copies are 0."""

    caught_by = "robust.copy-and-pickle"
    through = "fact 2"
    also = frozenset({"handle.resolves-anywhere"})

    def frame(self, *objects: object) -> Frame:
        return _NumberedFrame(self, objects)


ROBUST_VALUES_MUTANTS: Final[tuple[type[RobustMutant], ...]] = (
    GetTakesIntsOnly,
    GetCountsFromTheEnd,
    GetRoundsDown,
    SetTakesIntsOnly,
    SetRoundsDown,
    ResolveTakesIntsOnly,
    ResolveRoundsDown,
    CopyBindsForBoth,
    CopyRegistersForBoth,
    HandleLosesItsNumber,
)
