"""Faults in how a value that can not be weakly referenced is refused."""

from __future__ import annotations

from typing import Final, NoReturn

from sidetable_source import unimplemented

from ._mutant import Mutant
from ._parent import (
    GRAPH_CREATED,
    OWN,
    USER_OBJECT,
    ConstructFn,
    Edition,
    Kind,
)


class TypeErrorEscapesForUserObjects(Mutant):
    """Nobody catches the TypeError of `weakref.ref` when a user object is registered."""

    caught_by = "weakref.user-object"
    through = "fact"
    also = frozenset({"weakref.cause-chained", "weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == USER_OBJECT:
            raise cause
        super()._refuse(kind, value, cause)


class TypeErrorEscapesForGraphCreated(Mutant):
    """Nobody catches the TypeError of `weakref.ref` when a graph-created object is registered."""

    caught_by = "weakref.graph-created"
    through = "fact"
    also = frozenset({"weakref.cause-chained", "weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == GRAPH_CREATED:
            raise cause
        super()._refuse(kind, value, cause)


class PlainErrorForUserObjects(Mutant):
    """The refusal of a user object has the right words, and is a bare RuntimeError."""

    caught_by = "weakref.user-object"
    through = "fact"
    also = frozenset({"weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == USER_OBJECT:
            raise RuntimeError(f"Failed to make weakref to {kind}") from cause
        super()._refuse(kind, value, cause)


class PlainErrorForGraphCreated(Mutant):
    """The refusal of a graph-created object has the right words, and is a bare RuntimeError."""

    caught_by = "weakref.graph-created"
    through = "fact"
    also = frozenset({"weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == GRAPH_CREATED:
            raise RuntimeError(f"Failed to make weakref to {kind}") from cause
        super()._refuse(kind, value, cause)


class UserObjectIsCalledGraphCreated(Mutant):
    """The refusal of a user object was copied from that of a graph-created one."""

    caught_by = "weakref.user-object"
    through = "fact 2"

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        super()._refuse(GRAPH_CREATED, value, cause)


class GraphCreatedIsCalledUserObject(Mutant):
    """The refusal of a graph-created object was copied from that of a user object."""

    caught_by = "weakref.graph-created"
    through = "fact 2"

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        super()._refuse(USER_OBJECT, value, cause)


class CauseIsHidden(Mutant):
    """The refusal is raised `from None`, to spare people the details."""

    caught_by = "weakref.cause-chained"
    through = "fact"

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        unimplemented(
            gb_type=f"Failed to make weakref to {kind}",
            context=f"an instance of {type(value).__name__}",
            explanation="The object can not be weakly referenced.",
            from_exc=None,
        )


class CauseIsTheValue(Mutant):
    """The refusal is chained to a new error about the value, not to the one of `weakref.ref`."""

    caught_by = "weakref.cause-chained"
    through = "fact"

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        unimplemented(
            gb_type=f"Failed to make weakref to {kind}",
            context=f"an instance of {type(value).__name__}",
            explanation="The object can not be weakly referenced.",
            from_exc=ValueError(type(value).__name__),
        )


class ReprIsInTheMessage(Mutant):
    """The refusal quotes the value, and a broken `__repr__` takes its place."""

    caught_by = "weakref.hostile-repr"
    through = "fact"
    editions = (OWN,)

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        unimplemented(
            gb_type=f"Failed to make weakref to {kind}",
            context=f"value: {value!r}",
            explanation="The object can not be weakly referenced.",
            from_exc=cause,
        )


class StrIsInTheMessage(Mutant):
    """The refusal prints the value, and a broken `__str__` takes its place."""

    caught_by = "weakref.hostile-repr"
    through = "fact"
    editions = (OWN,)

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        unimplemented(
            gb_type=f"Failed to make weakref to {kind}",
            context=f"value: {value}",
            explanation="The object can not be weakly referenced.",
            from_exc=cause,
        )


class BrokenReprLeavesTheGuard(Mutant):
    """A guard against re-entry is set while the message is made, and an error there leaves it."""

    caught_by = "weakref.hostile-repr"
    through = "called register_user_object"
    through_own = "fact"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._refusing = False

    def _register(self, kind: Kind, value: object, construct_fn: ConstructFn) -> int:
        if self._refusing:
            raise RuntimeError("a registration is already running")
        return super()._register(kind, value, construct_fn)

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        self._refusing = True
        repr(value)
        str(value)
        self._refusing = False
        super()._refuse(kind, value, cause)

    def reset(self) -> None:
        super().reset()
        self._refusing = False


WEAKREF_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    TypeErrorEscapesForUserObjects,
    TypeErrorEscapesForGraphCreated,
    PlainErrorForUserObjects,
    PlainErrorForGraphCreated,
    UserObjectIsCalledGraphCreated,
    GraphCreatedIsCalledUserObject,
    CauseIsHidden,
    CauseIsTheValue,
    ReprIsInTheMessage,
    StrIsInTheMessage,
    BrokenReprLeavesTheGuard,
)
