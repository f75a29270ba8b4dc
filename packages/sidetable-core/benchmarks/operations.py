"""What is compared: each operation on a side table of ours, and on PyTorch's as restated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Final, Protocol
from weakref import ref

import restated
from implementations import IMPLEMENTATIONS
from loops import Loop, loop
from racing import Spread, race, ratio, timed, times_for
from sidetable_core import SideTable
from sidetable_source import LocalSource


class Thing:
    """An object that a graph cannot carry."""


class Subject:
    """Has the three objects that an entry function fetches."""

    def __init__(self) -> None:
        self.a, self.b, self.c = Thing(), Thing(), Thing()


class Baseline(Protocol):
    """A side table that is a module: PyTorch's own, or that as restated."""

    def get(self, index: int, /) -> object:
        """Returns the object that an index means."""

    def store(self, *values: object) -> None:
        """Replaces what all indices mean."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, ours and the baseline's.

    Attributes:
        name: What it is called.
        ours: Does it with a side table of each implementation.
        baseline: Does it as PyTorch does, or as it is done without a side table.
        musts: The ratios that the implementations have to reach, in their order.
    """

    name: str
    ours: Mapping[str, Loop]
    baseline: Loop
    musts: tuple[float, ...] = ()


BASELINE: Final = "baseline"


def against(operation: Operation, rounds: int) -> Mapping[str, Spread]:
    """Return the ratios of an operation to the baseline, each implementation's by its name."""
    context = Context()
    times = context.run(times_for, operation.baseline)
    variants = {name: timed(loop, times) for name, loop in operation.ours.items()}
    results = context.run(race, variants | {BASELINE: timed(operation.baseline, times)}, rounds)
    return {name: ratio(results, name, BASELINE) for name in variants}


def each(make: Callable[[SideTable], Loop]) -> Mapping[str, Loop]:
    """Returns a loop with a table of each implementation."""
    return {name: make(core.SideTable()) for name, core in IMPLEMENTATIONS.items()}


def lookup(*musts: float) -> Operation:
    """Returns the lookup of one object among four."""
    return Operation("lookup", each(_looking), _looking(restated), musts)


def lookup_beside_none(*musts: float) -> Operation:
    """Returns the same, beside a tuple of weak references in a local variable."""
    things = [Thing() for _ in range(4)]
    bare = loop("refs[2]()", refs=tuple(map(ref, things)), things=things)
    return Operation("lookup, to `refs[i]()`", each(_looking), bare, musts)


def _looking(table: Baseline) -> Loop:
    things = [Thing() for _ in range(4)]
    return loop("get(2)", "store(*things)", get=table.get, store=table.store, things=things)


def again(count: int, *musts: float) -> Operation:
    """Returns the store of as many objects, which are those of the last store."""
    return Operation(
        f"store of {count}, the same again",
        each(lambda table: _storing(table.store, count, "{0}")),
        _storing(restated.store, count, "{0}"),
        musts,
    )


def anew(count: int, *musts: float) -> Operation:
    """Returns two stores of as many objects, of which neither has one of the other's."""
    return Operation(
        f"store of {count}, all new",
        each(lambda table: _storing(table.store, count, "{0}; {1}")),
        _storing(restated.store, count, "{0}; {1}"),
        musts,
    )


def entry(lookups: int, *musts: float) -> Operation:
    """Returns a call with three objects, and a graph that looks up as many of them."""
    return Operation(
        f"entry of 3, {lookups} lookups",
        each(lambda table: _calling(table, lookups)),
        loop("call(subject)", call=by_hand(restated, lookups), subject=Subject()),
        musts,
    )


def _calling(table: SideTable, lookups: int) -> Loop:
    for member in "abc":
        table.register_user_object(Thing(), LocalSource("subject").attr(member))
    call = table.entry(_graph(table.get, lookups), like=_like)
    return loop("call(subject)", call=call, subject=Subject())


def frame(*musts: float) -> Operation:
    """Returns a frame of three objects, entered and left, beside what PyTorch does for a call."""
    baseline = loop("call(subject)", call=by_hand(restated, 0), subject=Subject())
    return Operation("frame of 3, to an entry", each(_framing), baseline, musts)


def _framing(table: SideTable) -> Loop:
    a, b, c = Thing(), Thing(), Thing()
    return loop("with frame(a, b, c): pass", frame=table.frame, a=a, b=b, c=c)


def by_hand(module: Baseline, lookups: int) -> Callable[[Subject], object]:
    """Returns what PyTorch generates in the place of an entry function; it restores nothing."""
    store, graph = module.store, _graph(module.get, lookups)

    def call(subject: Subject) -> object:
        first = subject.a
        second = subject.b
        third = subject.c
        store(first, second, third)
        return graph(subject)

    return call


def _graph(get: Callable[[int], object], lookups: int) -> Callable[[Subject], object]:
    def nothing(_subject: Subject) -> None:
        pass

    def three(_subject: Subject) -> None:
        get(0)
        get(1)
        get(2)

    return three if lookups else nothing


def _like(subject: Subject) -> None:
    """The function that the entry functions stand for."""


def _storing(store: Callable[..., None], count: int, statement: str) -> Loop:
    """Returns the loop of a statement about the stores of two sets of objects."""
    sets = {name: [Thing() for _ in range(count)] for name in "ab"}
    if count > 4:  # noqa: PLR2004  # as many as somebody would write out
        return loop(statement.format("store(*a)", "store(*b)"), store=store, **sets)
    names = {f"{name}{n}": thing for name, things in sets.items() for n, thing in enumerate(things)}
    calls = [f"store({', '.join(f'{name}{n}' for n in range(count))})" for name in sets]
    return loop(statement.format(*calls), store=store, **names)
