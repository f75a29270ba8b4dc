"""How indices are given out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, product

from sidetable_conformance.bench.bench import DEAD, FACT, FOUND, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.registering import Origin, refused, register, register_all
from sidetable_conformance.objects.kinds import UNREFERENCEABLE
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.requirement import DYNAMO


@check("index.dense-from-zero", FACT)
def dense_from_zero(bench: Bench) -> None:
    """Indices are ints and go 0, 1, 2, for one registration and for hundreds."""
    for origin, count in product(Origin, (1, 2, 1_000)):
        table = bench.fresh()
        kept = things(count)
        given = register_all(table, origin, kept)
        when = f"after {count} registrations of a {origin}"
        bench.require(given == list(range(count)), when, "indices 0, 1, 2 and on", _some(given))
        types: set[type[object]] = {type(index) for index in given}
        ints = all(issubclass(kind, int) and kind is not bool for kind in types)
        names = ", ".join(sorted(kind.__name__ for kind in types))
        bench.require(ints, when, "every index is an int", names)


@check("index.one-sequence", FACT)
def one_sequence(bench: Bench) -> None:
    """Every interleaving of both kinds is given the indices that one kind alone would be."""
    interleavings = [*product(Origin, repeat=4), tuple(Origin) * 20]
    for origins in interleavings:
        kept = things(len(origins))
        expected = register_all(bench.fresh(), Origin.USER_OBJECT, kept)
        table = bench.fresh()
        given = [register(table, *pair) for pair in zip(origins, kept, strict=True)]
        when = f"after registering, in turn, {', '.join(origins[:4])}"
        bench.require(given == expected, when, f"indices {_some(expected)}", _some(given))


@check("index.never-deduplicated", FOUND, FACT)
def never_deduplicated(bench: Bench) -> None:
    """One object registered again, at once or later, gets a further index that finds it too."""
    for first, second in product(Origin, repeat=2):
        table = bench.fresh()
        twice, between = Thing("twice"), Thing("between")
        given = [
            register(table, first, twice),
            register(table, second, twice),
            register(table, first, between),
            register(table, second, twice),
        ]
        when = f"after registering one object as {first}, as {second}, and again after another"
        bench.require(len(set(given)) == len(given), when, "four indices", _some(given))
        for index, value in zip(given, (twice, twice, between, twice), strict=True):
            bench.found(table, index, value, when)


@check("index.ignores-bindings", FACT)
def ignores_bindings(bench: Bench) -> None:
    """The next index is what it would have been without the store."""
    for registered, stored in product((0, 1, 3), (0, 1, 3, 7)):
        kept, objects = things(registered + 2), things(stored)
        untouched = bench.fresh()
        expected = register_all(untouched, Origin.USER_OBJECT, kept[:-1])
        expected += register_all(untouched, Origin.GRAPH_CREATED, kept[-1:])
        table = bench.fresh()
        given = register_all(table, Origin.USER_OBJECT, kept[:registered])
        table.store(*objects)
        given += register_all(table, Origin.USER_OBJECT, kept[registered:-1])
        table.store(*objects)
        given += register_all(table, Origin.GRAPH_CREATED, kept[-1:])
        when = f"after stores of {stored} objects, the first with {registered} registered"
        bench.require(given == expected, when, f"indices {_some(expected)}", _some(given))


@check("index.ignores-death", DEAD, FACT)
def ignores_death(bench: Bench) -> None:
    """Neither the first, a middle nor the last index comes back when its object has died."""
    later = things(2, "later ")
    for dying, origin in product(((0,), (1,), (2,), (0, 1, 2)), Origin):
        untouched, kept = bench.fresh(), things(3)
        expected = register_all(untouched, Origin.USER_OBJECT, kept)
        expected += register_all(untouched, origin, later)
        table, crowd = bench.fresh(), Crowd(*things(3))
        given = register_all(table, Origin.USER_OBJECT, crowd.all())
        crowd.drop(*dying)
        when = f"after objects {_some(dying)} of 3 died"
        crowd.dead(bench, "a user object", when)
        given += register_all(table, origin, later)
        bench.require(given == expected, when, f"indices {_some(expected)}", _some(given))


@check("index.restarts-on-reset", RAISED, FACT)
def restarts_on_reset(bench: Bench) -> None:
    """After reset the next index is 0, and so it is after the next reset."""
    table = bench.fresh()
    kept = things(5)
    for origin, count in product(Origin, (1, 5)):
        register_all(table, origin, kept[:count])
        table.store(*kept)
        refused(bench, table, origin, 5, "registering an int")
        table.reset()
        index = register(table, origin, kept[0])
        when = f"after reset of a table with {count} registrations of a {origin}"
        bench.require(index == 0, when, "index 0", f"index {index}")
        table.reset()


@check("index.failed-registration", RAISED, FACT)
def failed_registration(bench: Bench) -> None:
    """An index is used up by a failure, or is not, as the edition says."""
    used_up = bench.edition == DYNAMO
    for origin, before, failures in product(Origin, (0, 2), (1, 3)):
        kept = things(before + failures + 1)
        dense = register_all(bench.fresh(), origin, kept)
        table = bench.fresh()
        register_all(table, origin, kept[:before])
        for kind in UNREFERENCEABLE[:failures]:
            refused(bench, table, origin, kind.make(), f"registering {kind.name}")
        given = register(table, origin, kept[-1])
        expected = dense[before + failures if used_up else before]
        when = f"after {before} registrations of a {origin} and {failures} that failed"
        bench.require(given == expected, when, f"index {expected}", f"index {given}")


@check("index.after-store", FOUND)
def after_store(bench: Bench) -> None:
    """An object registered after a store takes its own index and leaves the others alone."""
    for origin, registered, stored in product(Origin, (0, 1, 3), (0, 1, 3, 5)):
        table = bench.fresh()
        early = things(registered, "early ")
        register_all(table, Origin.USER_OBJECT, early)
        objects = things(stored, "stored ")
        table.store(*objects)
        late = things(2, "late ")
        given = register_all(table, origin, late)
        when = f"after {registered} registrations, a store of {stored}, and 2 of a {origin}"
        for index, value in zip(given, late, strict=True):
            bench.found(table, index, value, when)
        for index, value in enumerate(objects):
            if index not in given:
                bench.found(table, index, value, when)


def _some(numbers: Iterable[object]) -> str:
    return ", ".join(str(number) for number in islice(numbers, 8))
