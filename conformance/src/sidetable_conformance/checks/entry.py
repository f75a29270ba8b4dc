"""What each call of an entry function finds, however calls come together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, final

from sidetable_conformance.bench.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.elsewhere import Meet, MeetTasks, Seen, at_once, interleaved
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver, call, wait
from sidetable_source import LocalSource

PLACES: Final = range(5)

DEEP: Final = 50
"""How deep calls are nested; frame.recursive goes to the end."""


class _Planned(Exception):  # noqa: N818  # no error, but a way back
    """Comes from an inner call."""


def _like(first: object, second: object, inside: object) -> None:
    """Has the signature of the entry functions."""


async def _like_coroutine(first: object, second: object, inside: object) -> None:
    """Has it too, for those that are awaited."""


@final
class _Calls:
    """A table with two entry functions of two objects and one of three, and what they have seen.

    Attributes:
        looks: For each look of a graph, the objects of its call and what it found.
    """

    def __init__(self, table: Driver) -> None:
        self._table: Final = table
        self._registered: Final = things(3, "registered ")
        self.looks: Final[list[tuple[Sequence[object], Seen]]] = []
        for value, name in zip(self._registered, ("first", "second"), strict=False):
            table.register_user_object(value, LocalSource(name))
        self.two: Final = partial(call, table.entry(self._graph, _like))
        self._awaited: Final = partial(call, table.entry(self._graph_coroutine, _like_coroutine))
        table.register_user_object(self._registered[2], LocalSource("first"))
        self.three: Final = partial(call, table.entry(self._graph_of_three, _like))

    async def awaited(self, first: object, second: object, inside: MeetTasks) -> object:
        """Awaits the one that is a coroutine function."""
        returned: object = await wait(self._awaited(first, second, inside))
        return returned

    def _graph(self, first: object, second: object, inside: Callable[[], object]) -> object:
        self._look(first, second)
        try:
            return inside()
        finally:
            self._look(first, second)

    def _graph_of_three(
        self, first: object, second: object, inside: Callable[[], object]
    ) -> object:
        self._look(first, second, first)
        returned = inside()
        self._look(first, second, first)
        return returned

    async def _graph_coroutine(self, first: object, second: object, inside: MeetTasks) -> object:
        self._look(first, second)
        await inside()
        self._look(first, second)
        return first

    def _look(self, *objects: object) -> None:
        self.looks.append((objects, Seen(self._table.get, PLACES)))


@check("entry.isolated", FOUND, NOT_FOUND, FACT)
def isolated(bench: Bench) -> None:
    """Calls that are recursive, nested, threaded or interleaved; also after one has raised."""
    for stored, (name, many) in ((n, way) for n in (None, 0, 3) for way in _WAYS.items()):
        table = bench.fresh()
        calls = _Calls(table)
        kept = things(stored or 0, "stored ")
        if stored is not None:
            table.store(*kept)
        at_start = bench.finds(table, PLACES)
        when = f"in {name} calls"
        for result, returned in many(calls):
            what = f"what the graph returned: {describe(result)}"
            bench.require(returned is result, when, what, describe(returned))
        bench.control(len(calls.looks) > 1, "the graph was run")
        looks = [(dict(enumerate(objects)), seen) for objects, seen in calls.looks]
        for expected, seen in (*looks, (at_start, Seen(table.get, PLACES))):
            bench.still_finds(seen, expected, PLACES, f"in {name} calls, or after them")


_Returned = list[tuple[object, object]]


def _recursive(calls: _Calls) -> _Returned:
    def deeper(depth: int) -> object:
        first, second = things(2, f"call {depth}, ")
        inside = partial(deeper, depth - 1) if depth else lambda: innermost
        return calls.two(first, second, inside)

    innermost = Thing("returned by the innermost")
    return [(innermost, deeper(DEEP))]


def _nested(calls: _Calls) -> _Returned:
    objects = things(6, "argument ")
    third = partial(calls.two, objects[4], objects[5], lambda: objects[5])
    second = partial(calls.three, objects[2], objects[3], third)
    return [(objects[5], calls.two(objects[0], objects[1], second))]


def _one_after_the_other(calls: _Calls) -> _Returned:
    objects = things(3, "argument ")
    pairs = ((objects[0], objects[1]), (objects[2], objects[2]), (objects[1], objects[0]))
    return [(second, calls.two(first, second, lambda: second)) for first, second in pairs]  # noqa: B023  # called at once


def _raising(calls: _Calls) -> _Returned:
    raised = _Planned("comes from an inner call")

    def fails() -> object:
        raise raised

    def catches() -> object:
        try:
            return calls.three(*things(2, "inner "), lambda: calls.two(*things(2), fails))
        except _Planned as came:
            return came

    try:
        return [(raised, calls.two(*things(2, "outer "), catches))]
    finally:
        raised.__traceback__ = None


def _threaded(calls: _Calls) -> _Returned:
    def body(number: int, meet: Meet) -> tuple[object, object]:
        first, second = things(2, f"thread {number}, ")

        def inside() -> object:
            meet()
            inner = calls.three if number else calls.two
            returned: object = inner(second, first, partial(_after, meet, first))
            meet()
            return returned

        return first, calls.two(first, second, inside)

    return at_once([partial(body, number) for number in range(3)])


def _after(meet: Meet, returned: object) -> object:
    meet()
    return returned


def _interleaved(calls: _Calls) -> _Returned:
    async def body(number: int, meet: MeetTasks) -> tuple[object, object]:
        first, second = things(2, f"task {number}, ")

        async def inside() -> None:
            for _ in range(number + 1):
                await meet()
            await calls.awaited(second, first, meet)
            for _ in range(3 - number):
                await meet()

        return first, await calls.awaited(first, second, inside)

    return interleaved([partial(body, number) for number in range(3)])


_WAYS: Final[dict[str, Callable[[_Calls], _Returned]]] = {
    "recursive": _recursive,
    "nested": _nested,
    "consecutive": _one_after_the_other,
    "raising": _raising,
    "threaded": _threaded,
    "interleaved": _interleaved,
}
