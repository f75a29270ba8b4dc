"""Faults in whether anything is registered."""

from __future__ import annotations

from typing import Final

from ._mutant import Mutant
from ._parent import GRAPH_CREATED, USER_OBJECT, ConstructFn, Edition, Kind


class PresenceIsACount(Mutant):
    """The number of constructors is returned as it is, where a bool was promised."""

    caught_by = "present.false-when-empty"
    through = "fact"

    def has_user_objects(self) -> bool:
        return len(self._constructors)  # type: ignore[return-value]  # the fault


class PresenceIsNeverTakenBack(Mutant):
    """A flag is raised by a registration, and reset forgets to lower it."""

    caught_by = "present.false-when-empty"
    through = "fact 3"
    also = frozenset({"reset.forgets-everything"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._present = False

    def has_user_objects(self) -> bool:
        self._present = self._present or super().has_user_objects()
        return self._present

    def _record(self, kind: Kind, value: object, construct_fn: ConstructFn) -> int:
        self._present = True
        return super()._record(kind, value, construct_fn)


class AlwaysPresent(Mutant):
    """Presence asks whether the container is there, not whether anything is in it."""

    caught_by = "present.false-when-empty"
    through = "fact"
    also = frozenset({"reset.forgets-everything"})

    def has_user_objects(self) -> bool:
        return hasattr(self, "_constructors")


class PresenceIsTheContainer(Mutant):
    """`constructors or False` is returned, which is the container when there is anything in it."""

    caught_by = "present.false-when-empty"
    through = "fact 2"

    def has_user_objects(self) -> bool:
        return self._constructors or False  # type: ignore[return-value]  # the fault


class _PresentByKind(Mutant):
    """Presence counts the registrations of one kind and forgets the other."""

    counted: Kind

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._count = 0

    def has_user_objects(self) -> bool:
        return self._count > 0

    def reset(self) -> None:
        super().reset()
        self._count = 0

    def _record(self, kind: Kind, value: object, construct_fn: ConstructFn) -> int:
        self._count += kind == self.counted
        return super()._record(kind, value, construct_fn)


class UserObjectsAreNotCounted(_PresentByKind):
    """Presence looks at the graph-created objects only."""

    caught_by = "present.after-user-object"
    through = "fact"
    also = frozenset({"constructor.failed-registration"})
    counted = GRAPH_CREATED


class GraphCreatedAreNotCounted(_PresentByKind):
    """Presence is taken by its word, user objects, and graph-created objects do not count."""

    caught_by = "present.after-graph-created"
    through = "fact"
    also = frozenset({"constructor.failed-registration"})
    counted = USER_OBJECT


class PresenceReadsTheBinding(Mutant):
    """Presence is whether any reference is in the table, which a store changes."""

    caught_by = "present.ignores-bindings"
    through = "fact"
    also = frozenset(
        {
            "constructor.failed-registration",
            "constructor.survives",
            "store.failure",
            "store.keeps-registrations",
        }
    )

    def has_user_objects(self) -> bool:
        return bool(self._references)


class EmptyStoreTakesPresenceBack(Mutant):
    """A store of nothing is taken for a sign that the graph carries no objects."""

    caught_by = "present.ignores-bindings"
    through = "fact 2"
    also = frozenset({"constructor.survives", "set.replaces-one", "store.keeps-registrations"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._stored_nothing = False

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._stored_nothing = not objects

    def has_user_objects(self) -> bool:
        return super().has_user_objects() and not self._stored_nothing


class PresenceAsksTheLiving(Mutant):
    """Presence asks whether any object that was bound is still alive."""

    caught_by = "present.ignores-death"
    through = "fact"

    def has_user_objects(self) -> bool:
        bound = list(self._references.values())
        living = any(reference() is not None for reference in bound)
        return super().has_user_objects() and (living or not bound)


PRESENT_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    PresenceIsACount,
    PresenceIsNeverTakenBack,
    AlwaysPresent,
    PresenceIsTheContainer,
    UserObjectsAreNotCounted,
    GraphCreatedAreNotCounted,
    PresenceReadsTheBinding,
    EmptyStoreTakesPresenceBack,
    PresenceAsksTheLiving,
)
