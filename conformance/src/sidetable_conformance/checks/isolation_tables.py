"""What two tables have to do with each other."""

from __future__ import annotations

from typing import Final

from sidetable_conformance.bench.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.registered import Registered
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Block, Driver

PLACES: Final = range(5)


@check("isolation.tables", FOUND, NOT_FOUND, FACT)
def tables(bench: Bench) -> None:
    """What one registers, stores, sets, enters and resets, the other does not notice."""
    first = bench.fresh()
    registered = Registered(bench, first)
    kept = things(4, "of the first ")
    first.store(*kept)
    second = bench.another()
    bound: dict[int, object] = dict(enumerate(kept))
    _both_find(bench, first, bound, second, {}, "when the second table was made")
    empty = not second.present() and not second.constructors()
    bench.require(empty, "when the second table was made", "no registrations", "some")
    given = Registered(bench, second).given
    bench.require(
        given == registered.given, "when both register", f"{registered.given}", f"{given}"
    )
    for when, own in _changes(bench, second):
        _both_find(bench, first, bound, second, own, when)
        registered.unchanged(when)
    if bench.has("frames"):
        _frames_by_turns(bench, first, second)


def _changes(bench: Bench, table: Driver) -> list[tuple[str, dict[int, object]]]:
    raise NotImplementedError
