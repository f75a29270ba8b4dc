"""Faults in what is kept alive, and until when."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ._mutant import Mutant
from ._parent import DYNAMO, GRAPH_CREATED, OWN

if TYPE_CHECKING:
    from sidetable_source import Source

    from ._parent import ConstructFn, Kind, Reference


class NothingIsKept(Mutant):
    """A graph-created object is registered weakly, like a user object."""

    caught_by = "keep.graph-created-until-reset"
    through = "alive"
    also = frozenset({"keep.failed-registration", "keep.released-on-reset"})

    def _record(self, kind: Kind, value: object, construct_fn: ConstructFn) -> int:
        index = super()._record(kind, value, construct_fn)
        self._keep_alive.clear()
        return index


class OnlyTheNewestIsKept(Mutant):
    """One attribute keeps the example value, and the next one takes its place."""

    caught_by = "keep.graph-created-until-reset"
    through = "alive"
    also = frozenset({"keep.released-on-reset"})

    def _keep(self, value: object) -> None:
        self._keep_alive = [value]


class EqualValuesAreKeptOnce(Mutant):
    """An example value that equals a kept one is not kept again."""

    caught_by = "keep.graph-created-until-reset"
    through = "alive"
    also = frozenset({"keep.released-on-reset"})

    def _keep(self, value: object) -> None:
        with suppress(RuntimeError):  # of values that can not be compared
            if value in self._keep_alive:
                return
        super()._keep(value)


class StoreLetsGo(Mutant):
    """A store lets the example values go, as now the real objects are there."""

    caught_by = "keep.graph-created-until-reset"
    through = "alive 3"
    also = frozenset(
        {"constructor.survives", "set.lifetime", "set.replaces-one", "store.keeps-registrations"}
    )

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._keep_alive.clear()


class LookupLetsGo(Mutant):
    """A lookup hands the object over to its caller, and the table keeps it no longer."""

    caught_by = "keep.graph-created-until-reset"
    through = "alive 2"
    also = frozenset({"constructor.survives", "set.replaces-one"})

    def get(self, index: int) -> object:
        value = super().get(index)
        self._keep_alive = [kept for kept in self._keep_alive if kept is not value]
        return value


class ResetKeeps(Mutant):
    """Reset clears what it can see by index, and the list of kept values has none."""

    caught_by = "keep.released-on-reset"
    through = "dead"
    also = frozenset({"keep.failed-registration", "reset.forgets-everything", "set.lifetime"})

    def reset(self) -> None:
        kept = self._keep_alive.copy()
        super().reset()
        self._keep_alive.extend(kept)


class ResetLetsTheNewestGo(Mutant):
    """Reset pops one value off the list of kept ones, where it had to clear the list."""

    caught_by = "keep.released-on-reset"
    through = "dead"
    also = frozenset({"reset.forgets-everything", "set.lifetime"})

    def reset(self) -> None:
        kept = self._keep_alive[:-1]
        super().reset()
        self._keep_alive.extend(kept)


class UserObjectIsKept(Mutant):
    """Every registered value is kept, of either kind."""

    caught_by = "keep.user-object-not-kept"
    through = "dead"
    also = frozenset(
        {
            "constructor.survives",
            "index.ignores-death",
            "lookup.dead-is-error",
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "lookup.error-kinds",
            "present.ignores-death",
        }
    )

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._keep(reference())


class ConstructorKeepsTheUserObject(Mutant):
    """The constructor is a closure that holds the value beside its source."""

    caught_by = "keep.user-object-not-kept"
    through = "dead"
    also = frozenset(
        {
            "constructor.survives",
            "index.ignores-death",
            "lookup.dead-is-error",
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "lookup.error-kinds",
            "present.ignores-death",
        }
    )

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        constructor = self._constructors[index]
        self._constructors[index] = lambda codegen, _seen=value: constructor(codegen)  # type: ignore[misc]
        return index


class FailedValueIsKept(Mutant):
    """The example value is appended to the kept ones before the weak reference is tried."""

    caught_by = "keep.failed-registration"
    through = "dead 2"
    editions = (OWN,)

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        if kind == GRAPH_CREATED:
            self._keep(value)


class FailedValueIsLetGo(Mutant):
    """The example value of a failed registration is taken off the kept ones again."""

    caught_by = "keep.failed-registration"
    through = "alive"
    editions = (DYNAMO,)

    def _record_failure(self, kind: Kind, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        if kind == GRAPH_CREATED:
            self._keep_alive.pop()


class FailureIsRemembered(Mutant):
    """The last refusal is kept for a report, and its traceback holds the value."""

    caught_by = "keep.failed-registration"
    through = "dead 2"
    editions = (OWN,)

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        try:
            return super().register_graph_created_object(example_value, construct_fn)
        except Exception as refusal:
            self._keep_alive.append(refusal)
            raise


KEEP_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    NothingIsKept,
    OnlyTheNewestIsKept,
    EqualValuesAreKeptOnce,
    StoreLetsGo,
    LookupLetsGo,
    ResetKeeps,
    ResetLetsTheNewestGo,
    UserObjectIsKept,
    ConstructorKeepsTheUserObject,
    FailedValueIsKept,
    FailedValueIsLetGo,
    FailureIsRemembered,
)
