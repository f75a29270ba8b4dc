"""Faults in what a failed registration leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._mutant import Mutant
from ._parent import DYNAMO, OWN

if TYPE_CHECKING:
    from ._parent import ConstructFn, Edition, Kind, Reference


class FailureUsesAnIndexUp(Mutant):
    """The index is taken before the weak reference is tried, and not given back."""

    caught_by = "index.failed-registration"
    through = "fact"
    editions = (OWN,)

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        self._take_index(kind)


class FailureGivesItsIndexBack(Mutant):
    """The index of a failed registration is given out again to the next one."""

    caught_by = "index.failed-registration"
    through = "fact"
    also = frozenset({"constructor.failed-registration"})
    editions = (DYNAMO,)

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        self._next_index -= 1


class FailureIsEnumerated(Mutant):
    """The constructor is put in before the weak reference is tried, and stays there."""

    caught_by = "constructor.failed-registration"
    through = "fact"
    editions = (OWN,)

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        index = self._next_index
        self._constructors[index] = self._constructor(kind, index, construct_fn)


class FailureIsNotEnumerated(Mutant):
    """The constructor of a failed registration is taken out again."""

    caught_by = "constructor.failed-registration"
    through = "fact"
    editions = (DYNAMO,)

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        del self._constructors[self._record(kind, value, construct_fn)]


class FailureLeavesPresenceAlone(Mutant):
    """A failed registration is enumerated, but presence counts only those that succeeded."""

    caught_by = "constructor.failed-registration"
    through = "fact 3"
    editions = (DYNAMO,)

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._succeeded = 0

    def has_user_objects(self) -> bool:
        return self._succeeded > 0

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._succeeded += 1

    def reset(self) -> None:
        super().reset()
        self._succeeded = 0


class FailureWritesNothing(Mutant):
    """The constructor of a failed registration is there, and does nothing."""

    caught_by = "constructor.failed-registration"
    through = "fact 2"
    editions = (DYNAMO,)

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, lambda index, codegen: None)


class FailureUnbindsTheOthers(Mutant):
    """A failed registration drops the binding, since the trace will be given up anyway."""

    caught_by = "weakref.table-usable"
    through = "found"
    also = frozenset({"weakref.hostile-repr"})

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        self._bind({})


class FailureIsNotLeft(Mutant):
    """A guard against re-entry is set by a registration, and a failed one does not take it off."""

    caught_by = "weakref.table-usable"
    through = "called register_user_object"
    also = frozenset(
        {
            "constructor.failed-registration",
            "index.failed-registration",
            "weakref.failed-index-is-error",
            "weakref.hostile-repr",
        }
    )

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._registering = False

    def _register(self, kind: Kind, value: object, construct_fn: ConstructFn) -> int:
        if self._registering:
            raise RuntimeError("a registration is already running")
        self._registering = True
        index = super()._register(kind, value, construct_fn)
        self._registering = False
        return index

    def reset(self) -> None:
        super().reset()
        self._registering = False


class FailureEndsStores(Mutant):
    """A failed registration marks the table as broken, and stores are ignored until reset."""

    caught_by = "weakref.table-usable"
    through = "found 3"
    also = frozenset({"weakref.failed-index-is-error"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._broken = False

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        self._broken = True

    def store(self, *objects: object) -> None:
        if not self._broken:
            super().store(*objects)

    def reset(self) -> None:
        super().reset()
        self._broken = False


class FailedIndexFindsNone(Mutant):
    """An index whose registration failed is remembered as one that finds None."""

    caught_by = "weakref.failed-index-is-error"
    through = "not found"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._failed: set[int] = set()

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        self._failed.add(self._next_index)
        super()._record_failure(kind, value, construct_fn)

    def _never_bound(self, index: int) -> object:
        return None if index in self._failed else super()._never_bound(index)

    def reset(self) -> None:
        super().reset()
        self._failed.clear()


class FailedIndexFindsTheValue(Mutant):
    """A failed registration leaves the value itself behind, held strongly."""

    caught_by = "weakref.failed-index-is-error"
    through = "not found"
    also = frozenset({"keep.failed-registration"})

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        index = self._next_index
        super()._record_failure(kind, value, construct_fn)
        self._references[index] = lambda: value


class FailedIndexStaysAnError(Mutant):
    """An index whose registration failed is marked, and a store does not take the mark off."""

    caught_by = "weakref.failed-index-is-error"
    through = "found"
    also = frozenset({"weakref.table-usable"})
    editions = (DYNAMO,)

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._failed: set[int] = set()

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        self._failed.add(self._next_index)
        super()._record_failure(kind, value, construct_fn)

    def get(self, index: int) -> object:
        return self._never_bound(index) if index in self._failed else super().get(index)

    def reset(self) -> None:
        super().reset()
        self._failed.clear()


FAILED_REGISTRATION_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    FailureUsesAnIndexUp,
    FailureGivesItsIndexBack,
    FailureIsEnumerated,
    FailureIsNotEnumerated,
    FailureLeavesPresenceAlone,
    FailureWritesNothing,
    FailureUnbindsTheOthers,
    FailureIsNotLeft,
    FailureEndsStores,
    FailedIndexFindsNone,
    FailedIndexFindsTheValue,
    FailedIndexStaysAnError,
)
