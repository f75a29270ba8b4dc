"""What happens to a value that can not be weakly referenced."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from itertools import product
from typing import Final, NoReturn

from sidetable_conformance.bench.bench import FACT, FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.registering import Origin, refused, register, register_all
from sidetable_conformance.errors import KitError
from sidetable_conformance.objects.describe import Caught, describe
from sidetable_conformance.objects.kinds import UNREFERENCEABLE, Kind
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.requirement import DYNAMO
from sidetable_conformance.targets.driver import Driver

WORDS: Final = {"user object": Origin.USER_OBJECT, "graph created": Origin.GRAPH_CREATED}
"""How an error says which kind of object was refused: in any case, with or without hyphen."""


@check("weakref.user-object", RAISED, FACT)
def user_object(bench: Bench) -> None:
    """Every such value is Unsupported as a user object."""
    _unsupported(bench, Origin.USER_OBJECT)


@check("weakref.graph-created", RAISED, FACT)
def graph_created(bench: Bench) -> None:
    """Every such value is Unsupported as a graph-created object."""
    _unsupported(bench, Origin.GRAPH_CREATED)


@check("weakref.cause-chained", RAISED, FACT)
def cause_chained(bench: Bench) -> None:
    """The cause is the very complaint that `weakref.ref` has about the value."""
    for origin, kind in product(Origin, UNREFERENCEABLE):
        value = kind.make()
        when = f"registering {kind.name} as a {origin}"
        complaint = _complaint(value)
        cause = refused(bench, bench.fresh(), origin, value, when).cause
        seen = "no cause" if cause is None else cause.text
        bench.require(cause == complaint, when, f"the cause {complaint.text}", seen)


@check("weakref.table-usable", FOUND, RAISED)
def table_usable(bench: Bench) -> None:
    """Around a failure, wherever it comes, registrations and stores do what they always do."""
    for origin, kind in product(Origin, UNREFERENCEABLE):
        for before, after in ((0, 1), (1, 1), (3, 2)):
            table = bench.fresh()
            kept = things(before + after)
            given = register_all(table, Origin.USER_OBJECT, kept[:before])
            when = f"after registering {kind.name} as a {origin} failed"
            refused(bench, table, origin, kind.make(), when)
            _all_found(bench, table, given, kept, when)
            given += register_all(table, origin, kept[before:])
            _all_found(bench, table, given, kept, f"{when}, and {after} more registrations")
            objects = things(before + after + 2, "stored ")
            table.store(*objects)
            _all_found(bench, table, range(len(objects)), objects, f"{when}, and a store")


@check("weakref.failed-index-is-error", FOUND, NOT_FOUND, RAISED)
def failed_index_is_error(bench: Bench) -> None:
    """The index that the failure took, or would have taken, finds nothing until it is bound."""
    for origin, kind in product(Origin, UNREFERENCEABLE):
        kept = things(2)
        failing = register_all(bench.fresh(), origin, kept)[1]
        table = bench.fresh()
        register(table, origin, kept[0])
        when = f"after registering {kind.name} as a {origin} failed"
        refused(bench, table, origin, kind.make(), when)
        bench.not_found(table, failing, when)
        later = register(table, origin, kept[1])
        if later != failing:
            bench.not_found(table, failing, f"{when}, and another registration")
        objects = things(int(failing) + 1, "stored ")
        table.store(*objects)
        bench.found(table, failing, objects[int(failing)], f"{when}, and a store")


@check("weakref.hostile-repr", FOUND, RAISED)
def hostile_repr(bench: Bench) -> None:
    """A value that can not be printed is refused like every other."""
    for origin, kind in product(Origin, _UNPRINTABLE):
        table = bench.fresh()
        kept = things(2)
        given = register_all(table, origin, kept[:1])
        when = f"registering {kind.name} as a {origin}"
        error = refused(bench, table, origin, kind.make(), when)
        if bench.edition != DYNAMO:
            _is_unsupported(bench, error, when)
        given += register_all(table, origin, kept[1:])
        _all_found(bench, table, given, kept, f"after {when}")


def _unsupported(bench: Bench, origin: Origin) -> None:
    for kind, before in product(UNREFERENCEABLE, (0, 2)):
        table = bench.fresh()
        kept = things(before)
        register_all(table, Origin.USER_OBJECT, kept)
        when = f"registering {kind.name} as a {origin}"
        error = refused(bench, table, origin, kind.make(), when)
        _is_unsupported(bench, error, when)
        named = _named_in(error)
        bench.require(named is origin, when, f"an error about a {origin}", error.text)


def _is_unsupported(bench: Bench, error: Caught, when: str) -> None:
    names = [kind.__name__ for kind in error.kind.__mro__]
    bench.require("Unsupported" in names, when, "Unsupported", error.text)


def _named_in(error: Caught) -> Origin | None:
    """Returns which kind of object the error is about: by its `gb_type`, or else its text."""
    for text in (error.gb_type, error.text):
        plain = text.lower().replace("-", " ")
        places = {plain.find(words): origin for words, origin in WORDS.items() if words in plain}
        if places:
            return places[min(places)]
    return None


def _complaint(value: object) -> Caught:
    """Returns what `weakref.ref` itself has to say about a value that it refuses."""
    try:
        weakref.ref(value)
    except TypeError as error:
        return Caught.of(error)
    raise KitError(f"{describe(value)} can be weakly referenced on this interpreter")


def _all_found(
    bench: Bench, table: Driver, given: Iterable[int], kept: list[Thing], when: str
) -> None:
    for index, value in zip(given, kept, strict=False):
        bench.found(table, index, value, when)


def _refuse(self: object) -> NoReturn:  # noqa: ARG001  # it stands for a method
    raise ValueError("this value can not be printed")


class _WithoutRepr:
    __slots__ = ()
    __repr__ = _refuse


class _WithoutStr:
    __slots__ = ()
    __str__ = _refuse


class _WithoutBoth:
    __slots__ = ()
    __repr__ = _refuse
    __str__ = _refuse


_UNPRINTABLE: Final = (
    Kind("a value whose __repr__ raises", _WithoutRepr),
    Kind("a value whose __str__ raises", _WithoutStr),
    Kind("a value that can not be printed in any way", _WithoutBoth),
)
