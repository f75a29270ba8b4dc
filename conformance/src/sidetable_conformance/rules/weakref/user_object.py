"""Registering a user object that cannot be weakly referenced raises an error named Unsupported,
which says that it was a user object.

Why:
    A compiler that catches Unsupported ends the graph before this object and goes on; a TypeError
    would end the capture. Which kind of object it was tells people where to look.

Example:
    >>> table = SideTable()
    >>> try:
    ...     table.register_user_object({"a": "dict"}, source)
    ... except Unsupported as error:
    ...     print("user object" in str(error).lower())
    True

Causes:
    * The TypeError of `weakref.ref` is not caught.
    * The error has another name, and none of its parents is named Unsupported.
    * The value is held strongly instead, or its kind is told wrongly.
"""

from itertools import product
from typing import ClassVar, Final, NoReturn

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.driver import ErrorKind
from sidetable_conformance.objects import UNREFERENCEABLE, Caught, things
from sidetable_conformance.registering import Origin, refused, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import (
    GRAPH_CREATED,
    USER_OBJECT,
    CorrectTable,
    Reference,
    Registering,
)

rule: Rule = Rule("weakref.user-object", CORE)

WORDS: Final = {"user object": Origin.USER_OBJECT, "graph created": Origin.GRAPH_CREATED}
"""How an error says which kind of object was refused: in any case, with or without hyphen."""


@rule.check(RAISED, FACT)
def user_object(bench: Bench) -> None:
    """Every such value is Unsupported as a user object."""
    unsupported(bench, Origin.USER_OBJECT)


def unsupported(bench: Bench, origin: Origin) -> None:
    for kind, before in product(UNREFERENCEABLE, (0, 2)):
        table = bench.fresh()
        kept = things(before)
        register_all(table, Origin.USER_OBJECT, kept)
        when = f"registering {kind.name} as a {origin}"
        error = refused(bench, table, origin, kind.make(), when)
        is_unsupported(bench, error, when)
        named = named_in(error)
        bench.require(named is origin, when, f"an error about a {origin}", error.text)


def is_unsupported(bench: Bench, error: Caught, when: str) -> None:
    names = [kind.__name__ for kind in error.kind.__mro__]
    unsupported = "Unsupported" in names or error.said == ErrorKind.UNSUPPORTED
    bench.require(unsupported, when, "Unsupported", error.text)


def named_in(error: Caught) -> Origin | None:
    """Returns which kind of object the error is about: by its `gb_type`, or else its text."""
    for text in (error.gb_type, error.text):
        plain = text.lower().replace("-", " ")
        places = {plain.find(words): origin for words, origin in WORDS.items() if words in plain}
        if places:
            return places[min(places)]
    return None


# Faulty tables, which the check has to notice.


@rule.fault
class TypeErrorEscapesForUserObjects(CorrectTable):
    """Nobody catches the TypeError of `weakref.ref` when a user object is registered."""

    refused: ClassVar[Registering] = USER_OBJECT

    def _refuse(self, kind: Registering, value: object, cause: TypeError) -> NoReturn:
        if kind == self.refused:
            raise cause
        super()._refuse(kind, value, cause)


@rule.fault
class PlainErrorForUserObjects(CorrectTable):
    """The refusal of a user object has the right words, and is a bare RuntimeError."""

    refused: ClassVar[Registering] = USER_OBJECT

    def _refuse(self, kind: Registering, value: object, cause: TypeError) -> NoReturn:
        if kind == self.refused:
            raise RuntimeError(f"Failed to make weakref to {kind}") from cause
        super()._refuse(kind, value, cause)


@rule.fault
class UserObjectIsCalledGraphCreated(CorrectTable):
    """The refusal of a user object was copied from that of a graph-created one."""

    def _refuse(self, kind: Registering, value: object, cause: TypeError) -> NoReturn:
        super()._refuse(GRAPH_CREATED, value, cause)


@rule.fault
class NoneIsAUserObject(CorrectTable):
    """`None` is registered without an object, like an optional argument that was not given."""

    def _refer_registered(self, kind: Registering, value: object) -> Reference:
        if kind == USER_OBJECT and value is None:
            return lambda: None
        return super()._refer_registered(kind, value)


@rule.fault
class BytesAreHeldInstead(CorrectTable):
    """Bytes are registered strongly, as every other constant could be."""

    def _refer_registered(self, kind: Registering, value: object) -> Reference:
        if kind == USER_OBJECT and isinstance(value, bytes):
            return lambda: value
        return super()._refer_registered(kind, value)


@rule.fault
class EveryValueIsHeldInstead(CorrectTable):
    """What cannot be weakly referenced is registered all the same, and held strongly."""

    def _refer_registered(self, kind: Registering, value: object) -> Reference:
        try:
            return super()._refer_registered(kind, value)
        except TypeError:
            return lambda: value
