"""A construct function may register another object while constructors are being run: the run goes
on over those that were there when it began, and the new one is there afterwards.

Why:
    To write the code for one object, a construct function may find that it needs another. A run
    that breaks off, or that never ends, leaves an entry function without some of its objects.

Example:
    >>> table = SideTable()
    >>> def adds(index, codegen):
    ...     table.register_user_object(other, source)
    >>> index = table.register_graph_created_object(pool, adds)
    >>> [constructor(None) for constructor in table.constructors.values()]
    [None]

Causes:
    * The constructors are the dict itself, which cannot grow while it is gone through.
    * The run goes on until no constructor is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final, final

from sidetable_conformance.bench import FACT, FOUND, Bench
from sidetable_conformance.driver import Driver, call
from sidetable_conformance.elsewhere import Seen
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Origin, Recorder, entry_of, register
from sidetable_conformance.rule import ROBUST, Rule
from sidetable_conformance.tables.core import ConstructFn, Constructor, Registering
from sidetable_conformance.tables.isolated import Fetching, Frame, Function, Names
from sidetable_conformance.tables.robust import RobustTable
from sidetable_source import Codegen, LocalSource

rule: Rule = Rule(
    "robust.constructor-reentrancy",
    ROBUST,
    needs=("constructor.in-index-order", "lookup.trace-time"),
)


@rule.check(FOUND, FACT)
def constructor_reentrancy(bench: Bench) -> None:
    """A run over three constructors, one of which registers one more object of either kind."""
    for origin, position in product(Origin, range(3)):
        table = bench.fresh()
        adding, _kept = _register_three(table, origin, position)
        when = f"a run in which constructor {position} registers a {origin}"
        for run in range(2):
            expected = [*range(3 + run)]
            ran: list[object] = []
            for index, constructor in table.each_constructor():
                table.write(constructor, Recorder())
                ran.append(index)
            bench.require(ran == expected, when, f"constructors {expected} run", f"{ran}")
            bench.found(table, 3 + run, adding.added[run], when)
        if bench.has("entries"):
            _into_an_entry(bench, origin, position)


def _into_an_entry(bench: Bench, origin: Origin, position: int) -> None:
    table, pool = bench.fresh(), Thing("pool")
    _kept = _register_three(table, origin, position)
    seen = call(entry_of(table, lambda: Seen(table.get, range(4))), pool)
    when = f"an entry function, made while constructor {position} registered a {origin}"
    for index in range(3):
        bench.found(seen, index, pool, when)
    bench.not_found(seen, 3, when)


def _register_three(table: Driver, origin: Origin, position: int) -> tuple[_Adding, list[Thing]]:
    adding, kept = _Adding(table, origin), things(3)
    for number, value in enumerate(kept):
        construct = adding if number == position else _writing
        table.register_graph_created_object(value, construct)
    return adding, kept


def _writing(_: int, codegen: Codegen) -> None:
    codegen(LocalSource("pool"))


@final
class _Adding:
    """A construct function that registers one more object each time."""

    def __init__(self, table: Driver, origin: Origin) -> None:
        self._table: Final = table
        self._origin: Final = origin
        self.added: Final[list[Thing]] = []

    def __call__(self, index: int, codegen: Codegen, /) -> None:
        self.added.append(Thing(f"added {len(self.added)}"))
        register(self._table, self._origin, self.added[-1], _writing)
        _writing(index, codegen)


# Faulty tables, which the check has to notice.


class _Live(Mapping[int, Constructor]):
    def __init__(self, constructors: Callable[[], Mapping[int, Constructor]]) -> None:
        self._now = constructors

    def __getitem__(self, index: int) -> Constructor:
        return self._now()[index]

    def __iter__(self) -> Iterator[int]:
        index = 0
        while index < len(self):
            yield index
            index += 1

    def __len__(self) -> int:
        return len(self._now())


@rule.fault
class RunGoesOn(RobustTable):
    """A run over the constructors comes to those that were registered meanwhile."""

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return _Live(lambda: self._constructors)


@rule.fault
class ConstructorPutsBack(RobustTable):
    """A constructor puts back what was bound before it ran."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        constructor = super()._constructor(kind, index, construct_fn)

        def put_back(codegen: Codegen) -> None:
            before = self._place.binding
            constructor(codegen)
            self._place.publish(before)

        return put_back


@rule.fault
class EntryTakesTheLast(RobustTable):
    """An entry function takes what a construct function registers for what it has written."""

    def _fetch(self, like: Function, names: Names, write: Callable[[Fetching], object]) -> object:
        before = len(self._constructors)
        fetched = super()._fetch(like, names, write)
        return fetched if before == len(self._constructors) else self.get(before)


@rule.fault
class EntryBindsMore(RobustTable):
    """An entry function also binds what is registered while it fetches its objects."""

    def _begin(self) -> None:
        self._added: list[object] = []

    def _fetch(self, like: Function, names: Names, write: Callable[[Fetching], object]) -> object:
        before = len(self._constructors)
        fetched = super()._fetch(like, names, write)
        if before < len(self._constructors):
            self._added.append(fetched)
        return fetched

    def frame(self, *objects: object) -> Frame:
        added, self._added = self._added, []
        return super().frame(*objects, *added)
