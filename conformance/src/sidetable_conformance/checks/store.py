"""What a store replaces, what it keeps, and what it leaves behind when it fails."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import product
from typing import Final

from sidetable_conformance.bench.bench import DEAD, FACT, FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.registered import Registered
from sidetable_conformance.bench.registering import Origin, register_all
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.kinds import (
    REFERENCEABLE,
    UNREFERENCEABLE,
    EqualToAll,
    Kind,
    Smallest,
)
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.requirement import DYNAMO

LARGE: Final = 65_536


@check("store.position-is-index", FOUND)
def position_is_index(bench: Bench) -> None:
    """Objects are found at their positions, in stores of several sizes."""
    for count in (1, 2, 3, 300):
        table = bench.fresh()
        crowd = Crowd(*things(count))
        table.store(*crowd.all())
        crowd.found(bench, table, f"after a store of {count}")


@check("store.replaces-all", FOUND, NOT_FOUND)
def replaces_all(bench: Bench) -> None:
    """The previous store is gone whole, and does not come back with a later, larger one."""
    for counts in ((3, 3), (3, 1), (3, 2), (1, 3), (300, 1), (4, 1, 2), (1, 4, 2, 3)):
        table = bench.fresh()
        stores = [things(count, f"store {n}, ") for n, count in enumerate(counts)]
        when = f"after stores of {', then '.join(map(str, counts))} objects"
        for objects in stores:
            table.store(*objects)
            for index, value in enumerate(objects):
                bench.found(table, index, value, when)
            for index in range(len(objects), max(counts)):
                bench.not_found(table, index, when)
    forward: list[object] = [*things(3)]
    equal: list[object] = [EqualToAll(), EqualToAll(), EqualToAll()]
    for which, first, second in (
        ("the same objects in another order", forward, forward[::-1]),
        ("equal objects", equal, [EqualToAll(), EqualToAll(), EqualToAll()]),
    ):
        table = bench.fresh()
        table.store(*first)
        table.store(*second)
        for index, one in enumerate(second):
            bench.found(table, index, one, f"after a store of {which}")


@check("store.replaces-trace-time", FOUND, NOT_FOUND)
def replaces_trace_time(bench: Bench) -> None:
    """What was bound by registering is gone after the first store."""
    for origin, count in product(Origin, (1, 2, 3, 5)):
        table = bench.fresh()
        seen = things(3, "registered ")
        given = register_all(table, origin, seen)
        objects = things(count, "stored ")
        table.store(*objects)
        when = f"after 3 registrations of a {origin} and a store of {count}"
        for index, value in enumerate(objects):
            bench.found(table, index, value, when)
        for index in given:
            if index >= count:
                bench.not_found(table, index, when)


@check("store.empty-clears", FOUND, NOT_FOUND)
def empty_clears(bench: Bench) -> None:
    """After a store of nothing no index is bound, until the next store."""
    kept = things(3)
    for registered, stored in product((0, 3), repeat=2):
        table = bench.fresh()
        given = register_all(table, Origin.USER_OBJECT, kept[:registered])
        table.store(*kept[:stored])
        table.store()
        when = f"after {registered} registrations, a store of {stored} and a store of nothing"
        for index in sorted({*range(4), *given}):
            bench.not_found(table, index, when)
        table.store(*kept)
        for index, value in enumerate(kept):
            bench.found(table, index, value, f"{when}, and another store")


@check("store.duplicates-kept", FOUND)
def duplicates_kept(bench: Bench) -> None:
    """One object fills several positions, and equal objects stay distinct."""
    one, other = Thing("one"), Thing("other")
    for objects in ((one, one), (one, other, one), (other, one, one), (one, one, one)):
        _found_in_order(bench, objects, "after a store in which an object stands twice")
    equal = (EqualToAll(), EqualToAll(), EqualToAll())
    _found_in_order(bench, equal, "after a store of equal objects")
    empty = (set[int](), set[int](), frozenset[int](), set[int]())
    _found_in_order(bench, empty, "after a store of empty sets")


@check("store.holds-weakly", DEAD)
def holds_weakly(bench: Bench) -> None:
    """A stored object dies as soon as its owner drops it, whatever it is and wherever it stands."""
    for kind, position in product(REFERENCEABLE, range(3)):
        table = bench.fresh()
        objects: list[object] = [*things(3)]
        objects[position] = kind.make()
        crowd = Crowd(*objects)
        del objects
        table.store(*crowd.all())
        crowd.drop(position)
        crowd.dead(bench, kind.name, f"after {kind.name}, stored at {position}, was dropped")


@check("store.keeps-registrations", FACT)
def keeps_registrations(bench: Bench) -> None:
    """Whatever is stored, registrations are as they would be without it."""
    expected = Registered(bench, bench.fresh()).next_index()
    for counts in ((0,), (1,), (3,), (5,), (5, 0, 2)):
        table = bench.fresh()
        registered = Registered(bench, table)
        objects = things(max(counts))
        for count in counts:
            table.store(*objects[:count])
        when = f"after stores of {', then '.join(map(str, counts))} objects"
        registered.unchanged(when)
        seen = registered.next_index()
        bench.require(seen == expected, when, f"the next index {expected}", f"{seen}")


@check("store.independent-of-registrations", FOUND)
def independent_of_registrations(bench: Bench) -> None:
    """A store binds as many objects as it is given, however many are registered."""
    kept = things(3)
    for registered, stored in product((0, 1, 3), (1, 2, 6)):
        table = bench.fresh()
        register_all(table, Origin.USER_OBJECT, kept[:registered])
        crowd = Crowd(*things(stored, "stored "))
        table.store(*crowd.all())
        crowd.found(bench, table, f"after {registered} registrations and a store of {stored}")


@check("store.large", FOUND, NOT_FOUND)
def large(bench: Bench) -> None:
    """65,536 objects are found where they were stored, and cleared by the next store."""
    table = bench.fresh()
    objects = [Smallest() for _ in range(LARGE)]
    when = f"after a store of {LARGE} objects"
    table.store(*objects)
    places = sorted({0, 1, 255, 256, 257, LARGE // 2, LARGE - 2, LARGE - 1, *range(0, LARGE, 997)})
    for index in places:
        bench.found(table, index, objects[index], when)
    bench.not_found(table, LARGE, when)
    table.store(objects[-1])
    bench.found(table, 0, objects[-1], f"{when}, then of one")
    for index in places[1:]:
        bench.not_found(table, index, f"{when}, then of one")


@check("store.returns-nothing", FACT)
def returns_nothing(bench: Bench) -> None:
    """A store of none, one or several objects returns None."""
    kept = things(3)
    for registered, count in product((0, 2), (0, 1, 3)):
        table = bench.fresh()
        register_all(table, Origin.USER_OBJECT, kept[:registered])
        returned = table.store(*kept[:count])
        bench.require(returned is None, f"a store of {count}", "None", describe(returned))


@check("store.not-weak-referenceable", RAISED)
def not_weak_referenceable(bench: Bench) -> None:
    """One such object is enough for TypeError, in the first, a middle and the last position."""
    for kind, died in product(UNREFERENCEABLE, (False, True)):
        for count, position in ((1, 0), (3, 0), (3, 1), (3, 2)):
            table = bench.fresh()
            objects: list[object] = [*things(count)]
            if died:
                table.store(*objects[:position], Thing("that dies"), *objects[position + 1 :])
            objects[position] = kind.make()
            over = ", over one that has died" if died else ""
            when = f"a store of {count} objects with {kind.name} at {position}{over}"
            bench.raised(TypeError, partial(table.store, *objects), when)


@check("store.failure", NOT_FOUND, RAISED, FACT)
def failure(bench: Bench) -> None:
    """A failed store leaves nothing bound, or everything, and every registration as it was."""
    for kind, position, stored in product(UNREFERENCEABLE, range(3), (None, 0, 2, 4)):
        table = bench.fresh()
        kept, previous = things(3), things(stored or 0, "previous ")
        given = register_all(table, Origin.USER_OBJECT, kept)
        if stored is not None:
            table.store(*previous)
        places = sorted({*range(5), *given})
        whole = {} if bench.edition == DYNAMO else bench.finds(table, places)
        when = f"after a store of 3 objects failed because of {kind.name} at {position}"
        failing = _failing(kind, position)
        bench.raised(Exception, partial(table.store, *failing), when)
        bench.still_finds(table, whole, places, when)
        del failing  # alive until here, or it would not be found anyway
    expected = Registered(bench, bench.fresh()).next_index()
    for position in range(3):
        table = bench.fresh()
        registered = Registered(bench, table)
        when = f"after a store failed because of an int at {position}"
        with suppress(Exception):  # that it fails is required above
            table.store(*_failing(UNREFERENCEABLE[0], position))
        registered.unchanged(when)
        seen = registered.next_index()
        bench.require(seen == expected, when, f"the next index {expected}", f"{seen}")


def _failing(kind: Kind, position: int) -> list[object]:
    """Returns what can not be stored, because of one object of this kind."""
    objects: list[object] = [*things(3, "failing ")]
    objects[position] = kind.make()
    return objects


def _found_in_order(bench: Bench, objects: tuple[object, ...], when: str) -> None:
    table = bench.fresh()
    table.store(*objects)
    for index, value in enumerate(objects):
        bench.found(table, index, value, when)
