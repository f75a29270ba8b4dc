"""Registering a graph-created object that cannot be weakly referenced raises an error named
Unsupported, which says that it was graph-created.

Why:
    As for a user object, but the remedy is another one: here it is the graph that makes the value,
    and its author who can make another.

Example:
    >>> table = SideTable()
    >>> try:
    ...     table.register_graph_created_object((1, 2), construct)
    ... except Unsupported as error:
    ...     print("graph-created" in str(error).lower())
    True

Causes:
    * The TypeError of `weakref.ref` is not caught.
    * The error has another name, and none of its parents is named Unsupported.
    * Since the value is kept alive anyway, no weak reference is tried.
"""

from typing import ClassVar, NoReturn

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.registering import Origin
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import (
    GRAPH_CREATED,
    USER_OBJECT,
    CorrectTable,
    Reference,
    Registering,
)

from .user_object import PlainErrorForUserObjects, TypeErrorEscapesForUserObjects, unsupported

rule: Rule = Rule("weakref.graph-created", CORE, needs=("weakref.user-object",))


@rule.check(RAISED, FACT)
def graph_created(bench: Bench) -> None:
    """Every such value is Unsupported as a graph-created object."""
    unsupported(bench, Origin.GRAPH_CREATED)


# Faulty tables, which the check has to notice.


@rule.fault
class TypeErrorEscapesForGraphCreated(TypeErrorEscapesForUserObjects):
    """Nobody catches the TypeError of `weakref.ref` when a graph-created object is registered."""

    refused: ClassVar[Registering] = GRAPH_CREATED


@rule.fault
class PlainErrorForGraphCreated(PlainErrorForUserObjects):
    """The refusal of a graph-created object has the right words, and is a bare RuntimeError."""

    refused: ClassVar[Registering] = GRAPH_CREATED


@rule.fault
class GraphCreatedIsCalledUserObject(CorrectTable):
    """The refusal of a graph-created object was copied from that of a user object."""

    def _refuse(self, kind: Registering, value: object, cause: TypeError) -> NoReturn:
        super()._refuse(USER_OBJECT, value, cause)


@rule.fault
class TextIsHeldInstead(CorrectTable):
    """A text that the graph makes is held strongly, as it cannot be referenced otherwise."""

    def _refer_registered(self, kind: Registering, value: object) -> Reference:
        if kind == GRAPH_CREATED and isinstance(value, str):
            return lambda: value
        return super()._refer_registered(kind, value)
