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
    Reference,
)


class TypeErrorEscapesForUserObjects(Mutant):
    """Nobody catches the TypeError of `weakref.ref` when a user object is registered."""

    caught_by = "weakref.user-object"
    also = frozenset({"weakref.cause-chained", "weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == USER_OBJECT:
            raise cause
        super()._refuse(kind, value, cause)


class TypeErrorEscapesForGraphCreated(Mutant):
    """Nobody catches the TypeError of `weakref.ref` when a graph-created object is registered."""

    caught_by = "weakref.graph-created"
    also = frozenset({"weakref.cause-chained", "weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == GRAPH_CREATED:
            raise cause
        super()._refuse(kind, value, cause)


class PlainErrorForUserObjects(Mutant):
    """The refusal of a user object has the right words, and is a bare RuntimeError."""

    caught_by = "weakref.user-object"
    also = frozenset({"weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == USER_OBJECT:
            raise RuntimeError(f"Failed to make weakref to {kind}") from cause
        super()._refuse(kind, value, cause)


class PlainErrorForGraphCreated(Mutant):
    """The refusal of a graph-created object has the right words, and is a bare RuntimeError."""

    caught_by = "weakref.graph-created"
    also = frozenset({"weakref.hostile-repr"})

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        if kind == GRAPH_CREATED:
            raise RuntimeError(f"Failed to make weakref to {kind}") from cause
        super()._refuse(kind, value, cause)


class UserObjectIsCalledGraphCreated(Mutant):
    """The refusal of a user object was copied from that of a graph-created one."""

    caught_by = "weakref.user-object"

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        super()._refuse(GRAPH_CREATED, value, cause)


class GraphCreatedIsCalledUserObject(Mutant):
    """The refusal of a graph-created object was copied from that of a user object."""

    caught_by = "weakref.graph-created"

    def _refuse(self, kind: Kind, value: object, cause: TypeError) -> NoReturn:
        super()._refuse(USER_OBJECT, value, cause)


class NoneIsAUserObject(Mutant):
    """`None` is registered without an object, like an optional argument that was not given."""

    caught_by = "weakref.user-object"
    also = frozenset(
        {"weakref.cause-chained", "weakref.failed-index-is-error", "weakref.table-usable"}
    )

    def _refer_registered(self, kind: Kind, value: object) -> Reference:
        if kind == USER_OBJECT and value is None:
            return lambda: None
        return super()._refer_registered(kind, value)


class TextIsHeldInstead(Mutant):
    """A text that the graph makes is held strongly, as it can not be referenced otherwise."""

    caught_by = "weakref.graph-created"
    also = frozenset(
        {
            "index.failed-registration",
            "weakref.cause-chained",
            "weakref.failed-index-is-error",
            "weakref.table-usable",
        }
    )

    def _refer_registered(self, kind: Kind, value: object) -> Reference:
        if kind == GRAPH_CREATED and isinstance(value, str):
            return lambda: value
        return super()._refer_registered(kind, value)


class BytesAreHeldInstead(Mutant):
    """Bytes are registered strongly, as every other constant could be."""

    caught_by = "weakref.user-object"
    also = frozenset(
        {"weakref.cause-chained", "weakref.failed-index-is-error", "weakref.table-usable"}
    )

    def _refer_registered(self, kind: Kind, value: object) -> Reference:
        if kind == USER_OBJECT and isinstance(value, bytes):
            return lambda: value
        return super()._refer_registered(kind, value)


class CauseIsHidden(Mutant):
    """The refusal is raised `from None`, to spare people the details."""

    caught_by = "weakref.cause-chained"

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
    NoneIsAUserObject,
    TextIsHeldInstead,
    BytesAreHeldInstead,
    CauseIsHidden,
    CauseIsTheValue,
    ReprIsInTheMessage,
    StrIsInTheMessage,
    BrokenReprLeavesTheGuard,
)
