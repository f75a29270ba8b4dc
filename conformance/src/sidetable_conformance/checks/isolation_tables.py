"""What two tables have to do with each other: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from sidetable_conformance.bench.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.registered import Registered
from sidetable_conformance.bench.registering import Origin, register
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver

PLACES: Final = range(5)

_Moment: TypeAlias = tuple[str, dict[int, object], dict[int, object]]
"""What was done, and what each of the two tables has to find then."""


@check("isolation.tables", FOUND, NOT_FOUND, FACT)
def tables(bench: Bench) -> None:
    """What one table registers, stores, sets, enters and resets, the other does not notice."""
    first = bench.fresh()
    registered = Registered(bench, first)
    kept = things(4, "of the first table ")
    first.store(*kept)
    second = bench.another()
    when = "when a second table was made"
    empty = not second.present() and not second.constructors()
    bench.require(empty, when, "no registrations in it", "some")
    for when, of_first, of_second in _moments(bench, first, dict(enumerate(kept)), second):
        for table, expected in ((first, of_first), (second, of_second)):
            bench.still_finds(table, expected, PLACES, when)
        registered.unchanged(when)


def _moments(
    bench: Bench, first: Driver, kept: dict[int, object], second: Driver
) -> Iterator[_Moment]:
    """Does one thing after another with the second table, and one with frames of both."""
    own: dict[int, object] = {}
    yield "when a second table was made", kept, own
    objects = things(2, "registered with the second table ")
    given = [register(second, Origin.USER_OBJECT, value) for value in objects]
    yield "after registrations in the second table", kept, dict(zip(given, objects, strict=True))
    own = dict(enumerate(things(2, "of the second table ")))
    second.store(*own.values())
    yield "after a store in the second table", kept, own
    if bench.has("set"):
        own = {**own, 0: Thing("set in the second table")}
        second.set(0, own[0])
        yield "after a set in the second table", kept, own
    if bench.has("frames"):
        objects = things(6, "in a frame ")
        outer, inner = first.frame(*objects[:4]), second.frame(*objects[4:])
        outer.__enter__()
        inner.__enter__()
        bound: dict[int, object] = dict(enumerate(objects[4:]))
        yield "in a frame of each table", dict(enumerate(objects[:4])), bound
        outer.leave()
        yield "in a frame of the second table", kept, bound
        inner.leave()
        yield "after a frame of each table", kept, own
    second.store()
    yield "after a store of nothing in the second table", kept, {}
    second.reset()
    yield "after a reset of the second table", kept, {}
