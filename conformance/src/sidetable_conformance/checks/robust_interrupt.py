"""KeyboardInterrupt at every moment of an operation."""

from __future__ import annotations

from functools import partial
from itertools import product

from sidetable_conformance.bench.bench import DEAD, FACT, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.moments.interrupting import (
    WAYS,
    Left,
    blocks_of,
    each_moment,
    interrupted,
    uninterrupted,
)
from sidetable_conformance.moments.moments import Moments
from sidetable_conformance.moments.operations import CREATE, REGISTER, RESET, STARTS, STORE
from sidetable_conformance.schedules.own_code import OwnCode


@check("robust.interrupt", DEAD, FACT)
def interrupt(bench: Bench) -> None:
    """Every store, registration, reset, frame and call of an entry function, at each moment."""
    moments = Moments(OwnCode(*bench.target.things))
    for start, name in product(STARTS, (STORE, REGISTER, CREATE, RESET)):
        before = uninterrupted(bench, start)
        after = uninterrupted(bench, start, name)
        once = partial(interrupted, bench, moments, start, name)
        for moment, left in each_moment(once):
            when = f"{name} over two objects that are {start}, interrupted at moment {moment}"
            expected = f"before it, {before}; or after it, {after}"
            bench.require(left.sight in (before, after), when, expected, str(left.sight))
            _holds(bench, left, name if left.sight == after else "", when)
    if not moments.came:
        raise NotTestable("none of its own code is Python's, so nothing can be interrupted in it")
    for name, way in product(blocks_of(bench), WAYS):
        for moment, ended in each_moment(partial(WAYS[way], bench, moments, name)):
            when = f"{name} that was interrupted at moment {moment}, and {way}"
            bench.require(not ended.error, when, "no exception", ended.error)
            bench.found(ended.seen, 0, ended.value, when)
            bench.not_found(ended.seen, 1, when)
            for reference in ended.references:
                bench.dead(reference, "an object of it", when)


def _holds(bench: Bench, left: Left, done: str, when: str) -> None:
    for reference, is_kept in zip(
        left.references, (False, done != RESET, done == CREATE), strict=True
    ):
        if is_kept:
            bench.require(reference() is not None, when, "what was created is kept", "it has died")
        else:
            bench.dead(reference, "an object", when)
