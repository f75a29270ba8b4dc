"""What threads find that have bound nothing, what they get that register, and all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from traceback import format_exception_only
from typing import Final, TypeAlias, final

from sidetable_conformance.bench.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.elsewhere import Meet, Seen, at_once, elsewhere
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.bench.registering import Origin, indices, register_all
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.interleavings.cases import CASES
from sidetable_conformance.interleavings.exploring import explore_case
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver
from sidetable_source import LocalSource, Source

PLACES: Final = (0, 1, 4, 1_000, -1)

MANY: Final = 3
"""How many threads register."""

_WAYS_THERE: Final = {"frames": "frame", "snapshots": "snapshot", "handles": "handle"}
"""What a thread can get a binding by, beside a store, and the capability that it takes."""


@check("isolation.no-binding-is-error", NOT_FOUND, FACT)
def no_binding_is_error(bench: Bench) -> None:
    """Whatever others have registered and stored; the error is not that of an unknown index."""
    names = [bench.target.shape.store, *(_WAYS_THERE[it] for it in _WAYS_THERE if bench.has(it))]
    for registered, stored in ((0, 0), (0, 3), (2, None), (2, 3)):
        table, kept = bench.fresh(), things(3)
        register_all(table, Origin.USER_OBJECT, kept[:registered])
        if stored is not None:
            table.store(*kept[:stored])
        when = f"in a new thread, after {registered} registrations and a store of {stored} here"
        seen = elsewhere(lambda: Seen(table.get, PLACES))  # noqa: B023  # called at once
        table.store(*kept[:1])
        looks = ((seen, PLACES), (Seen(table.get, (4,)), (4,)))
        *unbound, never = [
            bench.not_found(finder, index, when) for finder, places in looks for index in places
        ]
        for index, error in zip(PLACES, unbound, strict=True):
            same = issubclass(error.kind, never.kind) or issubclass(never.kind, error.kind)
            other = f"another error than that of an index that was never bound: {never.text}"
            bench.require(not same, when, other, error.text)
            named = any(name in _text_of(seen, index) for name in names)
            bench.require(named, when, f"an error that names {' or '.join(names)}", error.text)


def _text_of(seen: Seen, index: int) -> str:
    """Returns what the error at an index says, however long it is."""
    try:
        return describe(seen.get(index))
    except Exception as error:  # noqa: BLE001  # whichever a lookup's error is
        return "".join(format_exception_only(error)).lower()


@final
@dataclass(frozen=True, slots=True)
class _Registered:
    """What one thread has registered.

    Attributes:
        given: The indices that it got.
        sources: What it registered, in the same order.
        values: The objects.
        seen: What it found at these indices.
    """

    given: list[int]
    sources: list[Source]
    values: list[Thing]
    seen: Seen


_Wait: TypeAlias = Callable[[int, Meet], Iterator[None]]
"""Waits before each registration of the thread with a number."""


@check("isolation.registration", FOUND, FACT)
def registration(bench: Bench) -> None:
    """Threads that register in turn, and threads that register all at once."""
    for name, wait in _WAITS.items():
        table = bench.fresh()
        each = at_once([partial(_register, table, wait, number) for number in range(MANY)])
        when = f"in {MANY} threads that register {name}"
        given = sorted(index for one in each for index in one.given)
        everything = list(range(len(given)))
        bench.require(given == everything, when, f"indices 0 to {len(given) - 1}", f"{given}")
        enumerated = indices(table)
        bench.require(enumerated == everything, when, "a constructor for each", f"{enumerated}")
        constructors = dict(table.constructors())
        for one in each:
            for index, source, value in zip(one.given, one.sources, one.values, strict=True):
                bench.found(one.seen, index, value, when)
                recorder = Recorder()
                table.write(constructors[index], recorder)
                own = recorder.written == [("codegen", source)]
                bench.require(own, when, f"index {index} writes its own source", "another")


def _register(table: Driver, wait: _Wait, number: int, meet: Meet) -> _Registered:
    values: list[Thing] = []
    sources: list[Source] = []
    given: list[int] = []
    for _ in wait(number, meet):
        values.append(Thing(f"{len(values)} of thread {number}"))
        sources.append(LocalSource(f"thread_{number}_{len(sources)}"))
        given.append(table.register_user_object(values[-1], sources[-1]))
    return _Registered(given, sources, values, Seen(table.get, given))


def _in_turn(number: int, meet: Meet) -> Iterator[None]:
    for turn in range(5 * MANY):
        if turn % MANY == number:
            yield
        meet()


def _as_they_come(_: int, meet: Meet) -> Iterator[None]:
    meet()
    yield from [None] * 100


_WAITS: Final[dict[str, _Wait]] = {"in turn": _in_turn, "as they come": _as_they_come}


@check("isolation.every-interleaving", FACT)
def every_interleaving(bench: Bench) -> None:
    """Two threads in each of the cases, in as many schedules as there is time for."""
    for case in CASES:
        if all(bench.has(word) for word in case.capabilities):
            try:
                found = explore_case(
                    case, bench.target, tables=bench.fresh, limit=bench.budget.schedules
                )
            except NotTestable:
                bench.abandon()
                raise
            if found.is_stuck:
                bench.abandon()
            bench.require(found.failure is None, case.name, case.asks, str(found.failure))
