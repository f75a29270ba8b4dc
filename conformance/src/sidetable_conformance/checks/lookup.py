"""What a lookup gives, and what it raises."""

from __future__ import annotations

from itertools import product
from typing import Final

from sidetable_conformance.bench.bench import ALIVE, DEAD, FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.registering import Origin, indices, register, register_all
from sidetable_conformance.objects.describe import Caught
from sidetable_conformance.objects.kinds import REFERENCEABLE
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.requirement import DYNAMO
from sidetable_conformance.targets.driver import Driver

FAR: Final = (1, 2, 1_000, 2**40)
"""How far past the last index to look."""


@check("lookup.trace-time", FOUND)
def trace_time(bench: Bench) -> None:
    """Every object is found at the index that its registration returned, with no store."""
    for origins in product(Origin, repeat=3):
        table = bench.fresh()
        kept = things(3)
        given = [register(table, *pair) for pair in zip(origins, kept, strict=True)]
        for index, value in zip(given, kept, strict=True):
            bench.found(table, index, value, f"after registering, in turn, {', '.join(origins)}")


@check("lookup.identity", FOUND)
def identity(bench: Bench) -> None:
    """The very object comes back, whatever its methods do, however it came into the table."""
    for kind in REFERENCEABLE:
        value, twin = kind.make(), kind.make()
        for origin in Origin:
            table = bench.fresh()
            around = [register(table, origin, twin)]
            index = register(table, origin, value)
            around.append(register(table, origin, twin))
            when = f"after registering {kind.name} between others of its kind"
            bench.found(table, index, value, when)
            for other in around:
                bench.found(table, other, twin, when)
        for position in range(3):
            objects = [twin, twin, twin]
            objects[position] = value
            table = bench.fresh()
            table.store(*objects)
            for index, stored in enumerate(objects):
                bench.found(table, index, stored, f"after a store of {kind.name} at {position}")


@check("lookup.repeatable", FOUND, NOT_FOUND, FACT)
def repeatable(bench: Bench) -> None:
    """Lookups in every order, also ones that fail, leave bindings and registrations alone."""
    for stored in (False, True):
        kept = things(5)
        next_index = register_all(bench.fresh(), Origin.USER_OBJECT, kept)[-1]
        table = bench.fresh()
        given = register_all(table, Origin.USER_OBJECT, kept[:4])
        if stored:
            table.store(*kept[:4])
            given = [0, 1, 2, 3]
        enumerated, present = indices(table), table.present()
        when = f"after {'a store' if stored else 'registrations'} and other lookups"
        for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 2, 2, 0), (1, 3, 0, 2)):
            for position in order:
                bench.found(table, given[position], kept[position], when)
            for index in (max(given) + 1, -1):
                bench.not_found(table, index, when)
        seen, now = indices(table), table.present()
        bench.require(seen == enumerated, when, f"constructors of {enumerated}", f"of {seen}")
        bench.require(now is present, when, f"presence {present}", f"{now}")
        later = register(table, Origin.USER_OBJECT, kept[4])
        bench.require(later == next_index, when, f"the next index {next_index}", f"{later}")


@check("lookup.does-not-extend-life", FOUND, DEAD, ALIVE)
def does_not_extend_life(bench: Bench) -> None:
    """An object lives as long as the caller holds what a lookup returned, and no longer."""
    for stored, position in product((False, True), range(3)):
        table = bench.fresh()
        crowd = Crowd(*things(3))
        given = _put(table, crowd, stored=stored)
        crowd.found(bench, table, "before anything was dropped", given)
        found = table.get(given[position])
        crowd.drop(position)
        crowd.alive(bench, "what a lookup returned", "while the caller holds it")
        del found
        crowd.dead(bench, "what a lookup returned", "after the caller dropped it")


@check("lookup.unregistered-is-error", NOT_FOUND)
def unregistered_is_error(bench: Bench) -> None:
    """An index past the end is an error, whatever is registered or stored before it."""
    table = bench.fresh()
    for index in (0, *FAR):
        bench.not_found(table, index, "on a fresh table")
    kept = things(3)
    for origin in Origin:
        table = bench.fresh()
        past = max(register_all(table, origin, kept))
        for distance in FAR:
            bench.not_found(table, past + distance, f"past 3 registrations of a {origin}")
    for count in (1, 3):
        table = bench.fresh()
        table.store(*kept[:count])
        for distance in FAR:
            bench.not_found(table, count - 1 + distance, f"past a store of {count}")


@check("lookup.negative-is-error", NOT_FOUND)
def negative_is_error(bench: Bench) -> None:
    """No negative index counts from the end."""
    kept = things(3)
    empty = bench.fresh()
    _none_negative(bench, empty, "on a fresh table")
    for origin in Origin:
        registered = bench.fresh()
        register_all(registered, origin, kept)
        _none_negative(bench, registered, f"after 3 registrations of a {origin}")
    stored = bench.fresh()
    stored.store(*kept)
    _none_negative(bench, stored, "after a store of 3")


@check("lookup.dead-is-error", NOT_FOUND, DEAD)
def dead_is_error(bench: Bench) -> None:
    """An object of any kind that has died is an error, at every position."""
    for kind in REFERENCEABLE:
        table = bench.fresh()
        crowd = Crowd(kind.make())
        [index] = register_all(table, Origin.USER_OBJECT, crowd.all())
        crowd.drop_all()
        when = f"after {kind.name} that was registered died"
        crowd.dead(bench, kind.name, when)
        bench.not_found(table, index, when)
    for kind, position in product(REFERENCEABLE, range(3)):
        table = bench.fresh()
        objects: list[object] = [*things(3)]
        objects[position] = kind.make()
        crowd = Crowd(*objects)
        del objects
        table.store(*crowd.all())
        crowd.drop(position)
        when = f"after {kind.name} that was stored at {position} died"
        crowd.dead(bench, kind.name, when)
        bench.not_found(table, position, when)
    table = bench.fresh()
    owner = Thing("owner")
    table.store(owner, owner.__init__)  # any bound method will do
    bench.collect()
    bench.not_found(table, 1, "after a store of a bound method, which is a temporary object")


@check("lookup.dead-spares-others", FOUND, NOT_FOUND, DEAD)
def dead_spares_others(bench: Bench) -> None:
    """Whichever objects die, the rest is found where it was."""
    for stored, dying in product((False, True), ((0,), (1,), (3,), (0, 1), (0, 3), (1, 2, 3))):
        table = bench.fresh()
        crowd = Crowd(*things(4))
        given = _put(table, crowd, stored=stored)
        crowd.drop(*dying)
        when = f"after objects {', '.join(map(str, dying))} of 4 died"
        crowd.dead(bench, "a dropped object", when)
        crowd.found(bench, table, when, given)
        for position in dying:
            bench.not_found(table, given[position], when)
        crowd.found(bench, table, f"{when} and were looked up", given)


@check("lookup.error-kinds", NOT_FOUND, DEAD, FACT)
def error_kinds(bench: Bench) -> None:
    """At the same index, never bound and died give errors that a caller can tell apart."""
    for index in (0, 1, 5):
        for unbound in (_fresh_error, _after_store_error, _after_registrations_error):
            never = unbound(bench, index)
            for stored in (False, True):
                died = _dead_error(bench, index, stored=stored)
                _told_apart(bench, never, died, f"at index {index}, never bound and died")


def _told_apart(bench: Bench, never: Caught, died: Caught, when: str) -> None:
    seen = f"{never.text}, and {died.text}"
    if bench.edition == DYNAMO:
        right = issubclass(never.kind, AssertionError) and issubclass(died.kind, AssertionError)
        bench.require(right, when, "two AssertionErrors", seen)
        apart = never.told_apart_from(died)
        expected = "other messages, or other types"
    else:
        apart = not (issubclass(never.kind, died.kind) or issubclass(died.kind, never.kind))
        expected = "types of which neither is a kind of the other"
    bench.require(apart, when, expected, seen)


def _fresh_error(bench: Bench, index: int) -> Caught:
    return bench.not_found(bench.fresh(), index, "on a fresh table")


def _after_store_error(bench: Bench, index: int) -> Caught:
    table = bench.fresh()
    kept = things(index)
    table.store(*kept)
    return bench.not_found(table, index, f"after a store of {index}")


def _after_registrations_error(bench: Bench, index: int) -> Caught:
    table = bench.fresh()
    kept = things(index)
    register_all(table, Origin.USER_OBJECT, kept)
    return bench.not_found(table, index, f"after {index} registrations")


def _dead_error(bench: Bench, index: int, *, stored: bool) -> Caught:
    table = bench.fresh()
    crowd = Crowd(*things(index + 2))
    given = _put(table, crowd, stored=stored)
    crowd.drop(index)
    when = f"after the object at {given[index]} died"
    crowd.dead(bench, "a dropped object", when)
    return bench.not_found(table, given[index], when)


def _put(table: Driver, crowd: Crowd, *, stored: bool) -> list[int]:
    """Stores or registers a crowd, and returns the index of each of its objects."""
    if stored:
        table.store(*crowd.all())
        return list(range(len(crowd)))
    return register_all(table, Origin.USER_OBJECT, crowd.all())


def _none_negative(bench: Bench, table: Driver, when: str) -> None:
    for index in (-1, -2, -3, -4, -1_000):
        bench.not_found(table, index, when)
