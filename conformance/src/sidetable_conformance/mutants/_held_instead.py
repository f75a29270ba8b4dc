"""Faults that let in what can not be weakly referenced."""

from __future__ import annotations

from typing import Final

from ._mutant import Mutant
from ._parent import (
    GRAPH_CREATED,
    USER_OBJECT,
    Kind,
    Reference,
)


class NoneIsAUserObject(Mutant):
    """`None` is registered without an object, like an optional argument that was not given."""

    caught_by = "weakref.user-object"
    through = "raised"
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
    through = "raised"
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
    through = "raised"
    also = frozenset(
        {"weakref.cause-chained", "weakref.failed-index-is-error", "weakref.table-usable"}
    )

    def _refer_registered(self, kind: Kind, value: object) -> Reference:
        if kind == USER_OBJECT and isinstance(value, bytes):
            return lambda: value
        return super()._refer_registered(kind, value)


class EveryValueIsHeldInstead(Mutant):
    """What can not be weakly referenced is registered all the same, and held strongly."""

    caught_by = "weakref.user-object"
    through = "raised"
    also = frozenset(
        {
            "constructor.failed-registration",
            "index.failed-registration",
            "index.restarts-on-reset",
            "keep.failed-registration",
            "reset.forgets-everything",
            "weakref.cause-chained",
            "weakref.failed-index-is-error",
            "weakref.graph-created",
            "weakref.hostile-repr",
            "weakref.table-usable",
        }
    )

    def _refer_registered(self, kind: Kind, value: object) -> Reference:
        try:
            return super()._refer_registered(kind, value)
        except TypeError:
            return lambda: value


HELD_INSTEAD_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    NoneIsAUserObject,
    TextIsHeldInstead,
    BytesAreHeldInstead,
    EveryValueIsHeldInstead,
)
