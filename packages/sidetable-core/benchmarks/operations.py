"""What is compared: each operation on a side table of ours, and on PyTorch's as restated."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Protocol

import restated
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
        ours: Does it with a side table.
        baseline: Does it as PyTorch does.
        must: The ratio between the two that has to be reached.
    """

    name: str
    ours: Loop
    baseline: Loop
    must: float | None = None


def against(operation: Operation, rounds: int) -> Spread:
    """Return the ratio of an operation to the baseline."""
    context = Context()
    times = context.run(times_for, operation.baseline)
    variants = {"ours": timed(operation.ours, times), "baseline": timed(operation.baseline, times)}
    return ratio(context.run(race, variants, rounds), "ours", "baseline")


def lookup(must: float | None = None) -> Operation:
    """Returns the lookup of one object among four."""
    things, others = [Thing() for _ in range(4)], [Thing() for _ in range(4)]
    table = SideTable()
    return Operation(
        "lookup",
        loop("get(2)", "store(*things)", get=table.get, store=table.store, things=things),
        loop("get(2)", "store(*things)", get=restated.get, store=restated.store, things=others),
        must,
    )


def again(count: int, must: float | None = None) -> Operation:
    """Returns the store of as many objects, which are those of the last store."""
    return Operation(
        f"store of {count}, the same again",
        _storing(SideTable().store, count, "{0}"),
        _storing(restated.store, count, "{0}"),
        must,
    )


def anew(count: int, must: float | None = None) -> Operation:
    """Returns two stores of as many objects, of which neither has one of the other's."""
    return Operation(
        f"store of {count}, all new",
        _storing(SideTable().store, count, "{0}; {1}"),
        _storing(restated.store, count, "{0}; {1}"),
        must,
    )


def entry(lookups: int, must: float | None = None) -> Operation:
    """Returns a call with three objects, and a graph that looks up as many of them."""
    table = SideTable()
    for member in "abc":
        table.register_user_object(Thing(), LocalSource("subject").attr(member))
    ours = table.entry(_graph(table.get, lookups), like=_like)
    return Operation(
        f"entry of 3, {lookups} lookups",
        loop("call(subject)", call=ours, subject=Subject()),
        loop("call(subject)", call=by_hand(restated, lookups), subject=Subject()),
        must,
    )


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
