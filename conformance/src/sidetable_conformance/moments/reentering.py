"""What becomes of an operation in the middle of which another one comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, final

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.driver import Driver

from .moments import Moments
from .operations import FRAME, OPERATIONS, OTHERS, STARTS, Operation
from .seeing import Sight, seen_of
from .waiting import Alone, WaitsForItself


@final
@dataclass(frozen=True, slots=True)
class Both:
    """What became of two operations.

    Attributes:
        returned: What the operation returned.
        other: What the other one returned.
        sight: What the table looks like after both.
    """

    returned: object
    other: object
    sight: Sight

    def __str__(self) -> str:
        returned = f"the one returning {self.returned}, the other {self.other}; "
        return ("" if self.returned is self.other is None else returned) + str(self.sight)


def in_turn(bench: Bench, start: str, name: str, other: str) -> tuple[Both, ...]:
    """Returns what may become of two operations: what becomes of them one after the other.

    What comes in the middle of a frame may also come while the frame is open.
    """
    orders = [_first_this, _first_that, *([_inside] if name == FRAME else [])]
    pair = OPERATIONS[name], OTHERS[other]
    return tuple(Context().run(_ordered, bench, start, order, pair) for order in orders)


def at_each_moment(
    bench: Bench, moments: Moments, alone: Alone, start: str, names: tuple[str, str]
) -> Iterator[tuple[int, Both | None]]:
    """Does one operation at every moment of another, each time with a table of its own.

    Returns:
        The moment, and what became of both; None if one of them waits for itself.
    """
    pair = OPERATIONS[names[0]], OTHERS[names[1]]
    moment = -1
    while True:
        moment += 1
        waited = alone.waited
        both = Context().run(_at, bench, moments, start, pair, moment)
        if alone.waited > waited:
            bench.abandon()
            yield moment, None
        elif both is None:
            return
        else:
            yield moment, both


def _at(
    bench: Bench, moments: Moments, start: str, pair: tuple[Operation, Operation], moment: int
) -> Both | None:
    table, (this, that), objects = bench.fresh(), pair, _objects()
    STARTS[start](table, *objects[:2])
    returned: list[object] = [None, None]
    operation = partial(_do, returned, 0, partial(this, bench, table, objects[2]))
    action = partial(_do, returned, 1, partial(that, bench, table, objects[3]))
    try:
        came = moments.at(moment, operation, action)
    except WaitsForItself:
        return None
    return Both(returned[0], returned[1], seen_of(bench, table)) if came else None


_Pair: TypeAlias = tuple[Operation, Operation]
_Order: TypeAlias = Callable[[Bench, Driver, _Pair, list[Thing]], tuple[object, object]]


def _ordered(bench: Bench, start: str, order: _Order, pair: _Pair) -> Both:
    table, objects = bench.fresh(), _objects()
    STARTS[start](table, *objects[:2])
    returned, other = order(bench, table, pair, objects)
    return Both(returned, other, seen_of(bench, table))


def _first_this(
    bench: Bench, table: Driver, pair: _Pair, objects: list[Thing]
) -> tuple[object, object]:
    returned: list[object] = [None]
    _do(returned, 0, partial(pair[0], bench, table, objects[2]))
    return returned[0], pair[1](bench, table, objects[3])


def _first_that(
    bench: Bench, table: Driver, pair: _Pair, objects: list[Thing]
) -> tuple[object, object]:
    other = pair[1](bench, table, objects[3])
    return pair[0](bench, table, objects[2]), other


def _inside(
    bench: Bench, table: Driver, pair: _Pair, objects: list[Thing]
) -> tuple[object, object]:
    with table.frame(objects[2]):
        return None, pair[1](bench, table, objects[3])


def _do(returned: list[object], position: int, operation: Callable[[], object]) -> None:
    returned[position] = operation()


def _objects() -> list[Thing]:
    return [Thing("first"), Thing("second"), Thing("new"), Thing("other")]
