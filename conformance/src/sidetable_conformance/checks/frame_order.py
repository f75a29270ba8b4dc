"""Frames that are left in the wrong order, twice, or in the wrong place."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from itertools import permutations, product
from typing import Final, TypeAlias

from sidetable_conformance.bench.bench import DEAD, FACT, FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.elsewhere import Seen, elsewhere
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Block, Driver

PLACES: Final = range(5)

_Saw: TypeAlias = tuple[bool, list[Thing], Seen]


@check("frame.out-of-order", FOUND, NOT_FOUND, RAISED, DEAD, FACT)
def out_of_order(bench: Bench) -> None:
    """In every order of three frames, again when they have ended, and in other contexts."""
    for stored, order in product((None, 0, 2), permutations(range(3))):
        table = bench.fresh()
        kept = things(stored or 0, "stored ")
        if stored is not None:
            table.store(*kept)
        bound: list[dict[int, object]] = [bench.finds(table, PLACES)]
        crowds = [Crowd(*things(number + 1, f"frame {number}, ")) for number in range(3)]
        frames = [table.frame(*crowd.all()) for crowd in crowds]
        for crowd, frame in zip(crowds, frames, strict=True):
            frame.__enter__()
            bound.append(dict(enumerate(crowd.all())))
        is_open = [0, 1, 2]
        for number in (*order, *order):
            when = f"frames left in the order {order}, then again, at frame {number}"
            if is_open[-1:] == [number]:
                frames[number].leave()
            else:
                bench.raised(Exception, frames[number].leave, when)
            if number in is_open:
                is_open.remove(number)
            bound[number + 1].clear()
            crowds[number].drop_all()
            crowds[number].dead(bench, "an object of a frame", when)
            innermost = is_open[-1] + 1 if is_open else 0
            bench.still_finds(table, bound[innermost], PLACES, when)
    for name, left in _ELSEWHERE.items():
        _in_another_context(bench, left, f"a frame left in {name}")


def _in_another_context(bench: Bench, left: Callable[[Driver, Block], _Saw], when: str) -> None:
    table = bench.fresh()
    kept = things(3, "stored ")
    table.store(*kept)
    outer, inner = Crowd(*things(2, "outer ")), Crowd(*things(1, "inner "))
    outer_frame, inner_frame = table.frame(*outer.all()), table.frame(*inner.all())
    with outer_frame:
        inner_frame.__enter__()
        try:
            was_refused, own, seen = left(table, inner_frame)
        except NotTestable:
            inner_frame.leave()  # so that leaving the outer one is no failure
            raise
        bench.require(was_refused, when, "an exception", "none")
        inner.drop_all()
        inner.dead(bench, "an object of a frame", f"after {when}")
    at_end = Seen(table.get, range(len(kept)))
    for finder, objects in ((seen, own), (at_end, kept)):
        for index, value in enumerate(objects):
            bench.found(finder, index, value, f"after {when}")


def _refused(frame: Block) -> bool:
    try:
        frame.leave()
    except Exception:  # noqa: BLE001  # which one it is, is for the implementation to say
        return True
    return False


def _alone(table: Driver, frame: Block) -> _Saw:
    return _refused(frame), [], Seen(table.get, ())


def _in_another_frame(table: Driver, frame: Block) -> _Saw:
    own = things(2, "in another context ")
    with table.frame(*own):
        return _refused(frame), own, Seen(table.get, range(2))


_ELSEWHERE: Final[dict[str, Callable[[Driver, Block], _Saw]]] = {
    "another thread": lambda table, frame: elsewhere(lambda: _alone(table, frame)),
    "another thread, in a frame": lambda table, frame: elsewhere(
        lambda: _in_another_frame(table, frame)
    ),
    "a copy of its context": lambda table, frame: copy_context().run(_alone, table, frame),
    "a copy of its context, in a frame": lambda table, frame: copy_context().run(
        _in_another_frame, table, frame
    ),
}
