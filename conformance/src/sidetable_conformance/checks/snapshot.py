"""A binding that is kept, and entered again later, elsewhere, and several times at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from functools import partial
from itertools import product
from typing import Final

from sidetable_conformance.bench.bench import (
    ALIVE,
    DEAD,
    FACT,
    FOUND,
    NOT_FOUND,
    RAISED,
    Bench,
)
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.elsewhere import (
    Meet,
    MeetTasks,
    Seen,
    at_once,
    elsewhere,
    interleaved,
)
from sidetable_conformance.bench.registering import Origin, register_all
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Block, Driver, call

PLACES: Final = range(5)


def _stored(table: Driver, objects: list[Thing]) -> None:
    table.store(*objects)


def _registered(table: Driver, objects: list[Thing]) -> None:
    register_all(table, Origin.USER_OBJECT, objects)


_BINDINGS: Final[dict[str, Callable[[Driver, list[Thing]], None]]] = {
    "a store": _stored,
    "registrations": _registered,
}


@check("snapshot.reenter", FOUND, NOT_FOUND)
def reenter(bench: Bench) -> None:
    """In the backward of each forward its own objects are found, and afterwards what was before."""
    for (name, bind), place in product(_BINDINGS.items(), ("here", "in another thread")):
        table = bench.fresh()
        forwards = [things(count, f"forward {count}, ") for count in (2, 3)]
        snapshots: list[Block] = []
        for forward in forwards:
            table.reset()
            bind(table, forward)
            snapshots.append(table.snapshot())
        table.reset()
        later = things(4, "later ")
        table.store(*later)
        run = elsewhere if place != "here" else call
        backward = partial(_backward, table, snapshots, forwards, later)
        for objects, seen in run(backward):
            when = f"in a backward {place}, the forward of which had {name}"
            bench.still_finds(seen, dict(enumerate(objects)), PLACES, when)


_Looks = list[tuple[list[Thing], Seen]]


def _backward(
    table: Driver, snapshots: list[Block], forwards: list[list[Thing]], later: list[Thing]
) -> _Looks:
    """Enters snapshots, and returns what was seen with what has to be found."""
    table.store(*later)
    looks: _Looks = []
    for number in (1, 0, 1):
        with snapshots[number]:
            looks.append((forwards[number], Seen(table.get, PLACES)))
            table.store(*things(1, "stored in the snapshot "))
        looks.append((later, Seen(table.get, PLACES)))
    try:
        with snapshots[0]:
            raise _Planned  # noqa: TRY301  # it is what leaves the block
    except _Planned:
        looks.append((later, Seen(table.get, PLACES)))
    return looks


class _Planned(Exception):  # noqa: N818  # no error, but a way back
    """Leaves the block of a snapshot."""


@check("snapshot.concurrent", FOUND, NOT_FOUND)
def concurrent(bench: Bench) -> None:
    """Entered in itself, by threads at once and by tasks that take turns, it finds its objects."""
    for name, enter in _AT_ONCE.items():
        table = bench.fresh()
        kept = things(3, "kept ")
        table.store(*kept)
        snapshot = table.snapshot()
        table.store()
        for objects, seen in enter(table, snapshot, kept):
            when = f"in a snapshot that is entered {name}"
            bench.still_finds(seen, dict(enumerate(objects)), PLACES, when)


def _in_itself(table: Driver, snapshot: Block, kept: list[Thing]) -> _Looks:
    between = things(1, "stored between ")
    looks: _Looks = []
    with snapshot:
        table.store(*between)
        with snapshot:
            with snapshot:
                looks.append((kept, Seen(table.get, PLACES)))
            looks.append((kept, Seen(table.get, PLACES)))
        looks.append((between, Seen(table.get, PLACES)))
    looks.append(([], Seen(table.get, PLACES)))
    return looks


def _by_threads(table: Driver, snapshot: Block, kept: list[Thing]) -> _Looks:
    def body(number: int, meet: Meet) -> _Looks:
        own = things(number, f"thread {number}, ")
        table.store(*own)
        looks: _Looks = []
        meet()
        with snapshot:
            for _ in range(number):
                looks.append((kept, Seen(table.get, PLACES)))
                meet()
            looks.append((kept, Seen(table.get, PLACES)))
        for _ in range(3 - number):
            looks.append((own, Seen(table.get, PLACES)))
            meet()
        return looks

    return [look for looks in at_once([partial(body, n) for n in range(3)]) for look in looks]


def _by_tasks(table: Driver, snapshot: Block, kept: list[Thing]) -> _Looks:
    async def body(number: int, meet: MeetTasks) -> _Looks:
        looks: _Looks = []
        with snapshot:
            for _ in range(number + 1):
                await meet()
                looks.append((kept, Seen(table.get, PLACES)))
        for _ in range(2 - number):
            await meet()
        looks.append(([], Seen(table.get, PLACES)))
        return looks

    return [look for looks in interleaved([partial(body, n) for n in range(3)]) for look in looks]


_AT_ONCE: Final[dict[str, Callable[[Driver, Block, list[Thing]], _Looks]]] = {
    "by tasks in turn": _by_tasks,
    "by threads at once": _by_threads,
    "in itself": _in_itself,
}


@check("snapshot.bounded-life", FOUND, NOT_FOUND, DEAD, ALIVE)
def bounded_life(bench: Bench) -> None:
    """What was alive lives as long as the snapshot, the dead are gone, and nothing is refused."""
    table = bench.fresh()
    for when in ("on a fresh table", "after reset"):
        taken = Seen(lambda _: table.snapshot(), [0])  # called at once
        bench.not_found(taken, 0, f"a snapshot taken {when}")
        table.store(*things(2))
        table.reset()
    for entered in (2, 0):
        table = bench.fresh()
        living, dead = Crowd(*things(2, "living ")), Crowd(Thing("dead before"))
        table.store(living.all()[0], *dead.all(), living.all()[1])
        dead.drop(0)
        snapshot = table.snapshot()
        table.store()
        when = f"of which a snapshot was taken, and entered {entered} times"
        bench.collect()
        copied: list[Context] = []
        for _ in range(entered):
            with snapshot:
                copied.append(copy_context())
                expected: dict[int, object] = dict(zip((0, 2), living.all(), strict=True))
                bench.still_finds(table, expected, range(3), f"in a snapshot, {when}")
                del expected
        living.drop_all()
        living.alive(bench, "an object", when)
        del snapshot
        living.dead(bench, "an object", f"{when}, and which was dropped")


@check("snapshot.wrap", FOUND, NOT_FOUND, RAISED, DEAD, ALIVE, FACT)
def wrap(bench: Bench) -> None:
    """In executors of one thread and of several, for calls that return and that raise."""
    elsewhere(int)  # says so where there are no threads, as an executor does not
    for workers, threads in product((1, 3), repeat=2):
        table = bench.fresh()
        crowd = Crowd(*things(3, "stored "))
        table.store(*crowd.all())
        looks: list[Seen] = []
        wrapped = table.snapshot().wrap(partial(_look, table, looks))
        table.store()
        when = f"of a function that was wrapped where 3 were stored, in {workers} threads"
        with ThreadPoolExecutor(workers) as executor:
            results = [executor.submit(call, wrapped, n) for n in range(threads)]
            failing = executor.submit(call, wrapped, -1)
            bench.raised(_Planned, failing.result, f"a call {when}")
            after = executor.submit(Seen, table.get, PLACES)
            returned = [result.result() for result in results]
            expected = [*range(threads)]
            bench.require(returned == expected, f"calls {when}", f"{expected}", f"{returned}")
            bench.control(len(looks) == threads, f"each of the calls {when} was seen")
            while looks:
                crowd.found(bench, looks.pop(), f"in a call {when}")
            bench.still_finds(after.result(), {}, PLACES, f"after a call {when}")
        del results, failing, after
        crowd.drop_all()
        crowd.alive(bench, "an object", f"with a reference {when}")
        del wrapped
        crowd.dead(bench, "an object", f"without a reference {when}")


def _look(table: Driver, looks: list[Seen], number: int) -> int:
    """Keeps what it sees, and returns its argument."""
    if number < 0:
        raise _Planned
    looks.append(Seen(table.get, PLACES))
    return number
