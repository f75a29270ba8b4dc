"""Finalizers that use the table while it is in the middle of something."""

from __future__ import annotations

from itertools import product

from sidetable_conformance.bench.bench import FACT, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.moments.finalizing import DEATHS, Drop, drops_of
from sidetable_conformance.moments.moments import Moments
from sidetable_conformance.moments.operations import (
    OTHERS,
    operations_of,
    others_of,
    starts_of,
)
from sidetable_conformance.moments.reentering import at_each_moment, in_turn
from sidetable_conformance.moments.waiting import Alone, nobody_waits
from sidetable_conformance.schedules.own_code import OwnCode

_IN_TURN = "what there is after one and then the other"


@check("robust.finalizer-reentrancy", FACT)
def finalizer_reentrancy(bench: Bench) -> None:
    """Real finalizers of what a table lets go, and one operation at every moment of another."""
    code = OwnCode(*bench.target.things)
    moments = Moments(code)
    with nobody_waits(code) as alone:
        for death, drop, other in product(DEATHS, drops_of(bench), OTHERS):
            _dies(bench, Drop(death, drop, other), alone)
        for name in operations_of(bench):
            for start, other in product(starts_of(name), others_of(name)):
                right = in_turn(bench, start, name, other)
                for moment, both in at_each_moment(bench, moments, alone, start, (name, other)):
                    when = f"{other} at moment {moment} of {name}, over two {start} objects"
                    bench.require(both, when, "both come to an end", "they wait for each other")
                    bench.require(both in right, when, f"{_IN_TURN}: {right[0]}", f"{both}")
    if not moments.came:
        raise NotTestable("none of its own code is Python's, so nothing can come in the middle")


def _dies(bench: Bench, drop: Drop, alone: Alone) -> None:
    when = f"{drop.other} in {drop.death} of an object that {drop.drop} lets go"
    right, waited = drop.in_turn(bench), alone.waited
    died = drop.meanwhile(bench)
    bench.require(alone.waited == waited, when, "both come to an end", "they wait for each other")
    bench.require(not died.error, when, "no exception", died.error)
    bench.require(died.sight in right, when, f"{_IN_TURN}: {right[0]}", f"{died.sight}")
