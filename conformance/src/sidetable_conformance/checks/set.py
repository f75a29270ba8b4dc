"""Replacing the object of one index; asked of targets that can."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import product

from sidetable_conformance.bench.bench import (
    ALIVE,
    DEAD,
    FACT,
    FOUND,
    NOT_FOUND,
    RAISED,
    Bench,
    Reference,
)
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.registered import Registered
from sidetable_conformance.bench.registering import Origin, register_all
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.objects.kinds import CARRIERS, REFERENCEABLE, UNREFERENCEABLE, Carrier
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.requirement import DYNAMO
from sidetable_conformance.targets.driver import Driver


@check("set.replaces-one", FOUND, NOT_FOUND, FACT)
def replaces_one(bench: Bench) -> None:
    """An object of any kind takes the place of one index, bound or merely registered."""
    expected = Registered(bench, bench.fresh()).next_index()
    for stored, position in product((None, 0, 3, 5), range(3)):
        table = bench.fresh()
        registered = Registered(bench, table)
        objects = things(stored or 0, "stored ")
        if stored is not None:
            table.store(*objects)
        index = registered.given[position]
        when = f"after {_store_of(stored)} and a set of index {index}"
        places = sorted({*range(6), index})
        for value in (Thing("set"), Thing("set again")):
            _replaces(bench, table, index, value, when, places)
        registered.unchanged(when)
        seen = registered.next_index()
        bench.require(seen == expected, when, f"the next index {expected}", f"{seen}")
    table = bench.fresh()
    alias, other = Thing("stored twice"), Thing("other")
    table.store(alias, other, alias)
    when = "after a set of one of two indices of one object"
    _replaces(bench, table, 0, Thing("set"), when, range(3))
    for kind in REFERENCEABLE:
        table = bench.fresh()
        around = things(3)
        table.store(*around)
        _replaces(bench, table, 1, kind.make(), f"after a set of {kind.name}", range(3))


def _replaces(
    bench: Bench, table: Driver, index: int, value: object, when: str, places: Sequence[int]
) -> None:
    expected = bench.finds(table, places) | {index: value}
    table.set(index, value)
    bench.still_finds(table, expected, places, when)


@check("set.bounds", FOUND, NOT_FOUND, FACT)
def bounds(bench: Bench) -> None:
    """Past every index that means something, a set is refused, or accepted where it may be."""
    for registered, stored, index in product((0, 2), (None, 0, 3), (0, 2, 3, 1_000, -1, -3)):
        table = bench.fresh()
        kept, objects = things(registered, "registered "), things(stored or 0, "stored ")
        given = register_all(table, Origin.USER_OBJECT, kept)
        if index in (*given, *range(stored or 0)):
            continue
        if stored is not None:
            table.store(*objects)
        places = sorted({*range(6), index})
        expected = bench.finds(table, places)
        value = Thing("set")
        when = f"a set of index {index} after {registered} registrations and {_store_of(stored)}"
        refusal = _refusal(table, index, value)
        accepted = refusal is None and bench.edition == DYNAMO
        refused = refusal is not None and bench.is_lookups(refusal)
        seen = "no exception" if refusal is None else describe_error(refusal)
        bench.require(accepted or refused, when, "a lookup's error", seen)
        if accepted:
            expected[index] = value
        del refusal  # its traceback holds the table
        bench.still_finds(table, expected, places, f"after {when}")


@check("set.not-weak-referenceable", FOUND, NOT_FOUND, RAISED)
def not_weak_referenceable(bench: Bench) -> None:
    """Such a value is refused with TypeError, and let go where the edition asks for it."""
    for kind, stored, index in product(UNREFERENCEABLE, (0, 3), range(4)):
        table = bench.fresh()
        kept = things(4)
        register_all(table, Origin.USER_OBJECT, kept)
        table.store(*kept[:stored])
        when = f"a set of {kind.name} at index {index}, after a store of {stored}"
        expected = bench.finds(table, range(6))
        bench.raised(TypeError, partial(table.set, index, kind.make()), when)
        bench.still_finds(table, expected, range(6), f"after {when}")
    for carrier in CARRIERS:
        table = bench.fresh()
        kept = things(3)
        table.store(*kept)
        when = f"a set of {carrier.name}"
        content = _content_refused(table, carrier)
        if bench.edition != DYNAMO:
            bench.dead(content, f"what {carrier.name} held", f"after {when}")


@check("set.lifetime", FOUND, DEAD, ALIVE)
def lifetime(bench: Bench) -> None:
    """An object that was set lives until reset, or no longer than the binding it was set in."""
    until_reset = bench.edition == DYNAMO
    for stored, count in product((False, True), (0, 1, 3)):
        table = bench.fresh()
        kept = things(3)
        given = register_all(table, Origin.USER_OBJECT, kept)
        if stored:
            table.store(*kept)
            given = [0, 1, 2]
        values = Crowd(*things(2, "set "))
        _set_all(table, given, values)
        values.drop_all()
        values.alive(bench, "an object that was set", "after the caller dropped it")
        bench.found(table, given[2], kept[2], "after other indices were set")
        table.store(*kept[:count])
        when = f"after objects were set, and a store of {count}"
        if until_reset:
            values.alive(bench, "an object that was set", when)
            table.reset()
            when = f"{when}, and reset"
        values.dead(bench, "an object that was set", when)
    _ends_at_reset(bench)
    if until_reset:
        _outlives_its_place(bench)


def _set_all(table: Driver, given: list[int], values: Crowd) -> None:
    for index, value in zip(given, values.all(), strict=False):
        table.set(index, value)


def _ends_at_reset(bench: Bench) -> None:
    table = bench.fresh()
    kept = things(1)
    register_all(table, Origin.USER_OBJECT, kept)
    table.store(*kept)
    values = Crowd(Thing("set"), Thing("held by the check"))
    table.set(0, values.all()[0])
    values.drop(0)
    table.reset()
    values.dead(bench, "an object that was set", "after reset")


def _outlives_its_place(bench: Bench) -> None:
    table = bench.fresh()
    kept = things(1)
    table.store(*kept)
    values = Crowd(*things(3, "set "))
    _set_all(table, [0, 0, 0], values)
    values.drop_all()
    values.alive(bench, "an object that was set", "after its index was set again")


def _store_of(count: int | None) -> str:
    return "no store" if count is None else f"a store of {count}"


def _refusal(table: Driver, index: int, value: object) -> Exception | None:
    """Sets an index, and returns the exception that this raised."""
    try:
        table.set(index, value)
    except Exception as error:  # noqa: BLE001  # which one is right is for the caller to say
        return error
    return None


def _content_refused(table: Driver, carrier: Carrier) -> Reference:
    content = Thing("content")
    with suppress(Exception):  # which it is, is required above
        table.set(1, carrier.wrap(content))
    return weakref.ref(content)
