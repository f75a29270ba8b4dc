"""Calls of entry functions that are recursive, nested, threaded or interleaved each find their own
objects, also after an inner call raised; each returns what its graph returned, and leaves bound
what was bound before.

Why:
    This is what people call. On PyTorch 2.13, two threads that call one compiled function, each
    with its own module, get the other thread's module in a good part of the calls.

Example:
    >>> table = SideTable()
    >>> index = table.register_user_object(pool, source)
    >>> def call(pool, inner): return None
    >>> entry = table.entry(lambda pool, inner: (inner(), table.get(index)), like=call)
    >>> entry(other, lambda: entry(third, list))[1] is other
    True

Causes:
    * An entry function stores what it fetched, and puts nothing back.
    * An entry function keeps what it fetched from one call to the next.
    * The frame of a coroutine function is left before its coroutine is awaited.
    * The arguments of the last call are kept, or compared by `id()` with those of the next.
"""

import inspect
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, Final, NamedTuple, final

from sidetable_conformance.bench import DEAD, FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Driver, call, wait
from sidetable_conformance.elsewhere import Meet, MeetTasks, Seen, at_once, interleaved
from sidetable_conformance.objects import Planned, Smallest, Thing, describe, things
from sidetable_conformance.registering import REUSES, Crowd, store_things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import Function, IsolatedTable, references_of
from sidetable_source import LocalSource

rule: Rule = Rule(
    "entry.isolated",
    ISOLATION,
    capabilities=("entries",),
    needs=("constructor.user-object", "lookup.repeatable"),
)

PLACES: Final = range(5)
DEEP: Final = 50
"""How deep calls are nested; frame.recursive goes to the end."""


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


@rule.check(FOUND, NOT_FOUND, DEAD, FACT)
def isolated(bench: Bench) -> None:
    """Calls that are recursive, nested, threaded or interleaved; also after one has raised."""
    for stored, (name, many) in ((n, way) for n in (None, 0, 3) for way in _WAYS.items()):
        table = bench.fresh()
        calls = _Calls(table)
        _kept = store_things(table, stored)
        at_start = bench.finds(table, PLACES)
        when = f"in {name} calls"
        for result, returned in many(calls):
            what = f"what the graph returned: {describe(result)}"
            bench.require(returned is result, when, what, describe(returned))
        bench.control(len(calls.looks) > 1, "the graph was run")
        looks = [(dict(enumerate(objects)), seen) for objects, seen in calls.looks]
        for expected, seen in (*looks, (at_start, Seen(table.get, PLACES))):
            bench.still_finds(seen, expected, PLACES, f"in {name} calls, or after them")
    table = bench.fresh()
    calls = _Calls(table)
    for _ in range(REUSES):
        arguments = Crowd(Smallest(), Smallest())
        calls.two(*arguments.all(), int)
        while calls.looks:
            objects, seen = calls.looks.pop()
            when = "in a call whose arguments can have the addresses of the last one's"
            bench.all_found(seen, objects, when)
            del objects, seen
        arguments.drop_all()
        arguments.dead(bench, "an argument", "after the entry function has returned")


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
    raised = Planned("comes from an inner call")

    def fails() -> object:
        raise raised

    def catches() -> object:
        try:
            return calls.three(*things(2, "inner "), lambda: calls.two(*things(2), fails))
        except Planned as came:
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


# Faulty tables, which the check has to notice.


class _Entry(NamedTuple):
    """A right entry function, and what another one can be made of."""

    made: Function
    graph: Function
    fetch: Callable[..., list[object]]
    kept: dict[object, Any]  # whatever a fault keeps from one call to the next


class _Rewritten(IsolatedTable):
    """Calls its entry functions in a way of its own, unless they are awaited."""

    def entry(self, graph: Function, *, like: Function) -> Function:
        made = super().entry(graph, like=like)
        if inspect.iscoroutinefunction(like):
            return made
        constructors, signature = tuple(self.constructors.values()), inspect.signature(like)

        def fetch(*arguments: object) -> list[object]:
            bound = signature.bind(*arguments).arguments
            return [self._fetch(like, bound, each) for each in constructors]

        return wraps(like)(partial(self._call, _Entry(made, graph, fetch, {})))

    @abstractmethod
    def _call(self, entry: _Entry, *arguments: object) -> object: ...


@rule.fault
class EntryReturnsNothing(_Rewritten):
    """An entry function does not return what the graph returned."""

    def _call(self, entry: _Entry, *arguments: object) -> None:
        entry.made(*arguments)


@rule.fault
class EntryFetchesOnce(_Rewritten):
    """An entry function keeps what it fetched in its first call, and binds that in every one."""

    def _call(self, entry: _Entry, *arguments: object) -> object:
        with self.frame(*entry.kept.setdefault("fetched", entry.fetch(*arguments))):
            return entry.graph(*arguments)


@rule.fault
class EntryForgetsAfterAnError(_Rewritten):
    """An entry function puts back what it found after the graph, unless that has raised."""

    def _call(self, entry: _Entry, *arguments: object) -> object:
        found = self._place.binding
        self.store(*entry.fetch(*arguments))
        returned = entry.graph(*arguments)
        self._place.publish(found)
        return returned


@rule.fault
class EntryRebindsIfNothingIsBound(_Rewritten):
    """An entry function takes what is bound already for its own, and binds nothing anew."""

    def _call(self, entry: _Entry, *arguments: object) -> object:
        return (entry.graph if self._open_entry() else entry.made)(*arguments)


@rule.fault
class EntryDoesNotAwait(IsolatedTable):
    """The entry function of a coroutine function leaves its frame before the graph is awaited."""

    def entry(self, graph: Function, *, like: Function) -> Function:
        if not inspect.iscoroutinefunction(like):
            return super().entry(graph, like=like)

        def plain(*arguments: object) -> None:
            """Is no coroutine function."""

        plain.__signature__ = inspect.signature(like)  # type: ignore[attr-defined]  # as wraps does
        return super().entry(graph, like=plain)


@rule.fault
class EntryKeepsItsArguments(_Rewritten):
    """An entry function keeps the arguments of its last call after it has returned."""

    def _call(self, entry: _Entry, *arguments: object) -> object:
        entry.kept["last"] = arguments
        return entry.made(*arguments)


@rule.fault
class EntryComparesAddresses(_Rewritten):
    """An entry function binds again what its last call bound, where the addresses are the same."""

    def _call(self, entry: _Entry, *arguments: object) -> object:
        objects = entry.fetch(*arguments)
        with self.frame(*objects):
            found = self._place.binding
            known = entry.kept.setdefault(tuple(map(id, objects)), references_of(found))
            self._publish(known, found)
            return entry.graph(*arguments)
