"""Registrations in several threads, in turn and at once, get the indices from 0 on with none left
out or given twice; each has its own constructor, whoever enumerates them, and is found by the
thread that made it.

Why:
    Frameworks compile in several threads. Two registrations with one index leave a graph with
    another graph's object; a gap moves every object behind it by one place.

Example:
    >>> table, given = SideTable(), []
    >>> def register():
    ...     given.append(table.register_user_object(pool, source))
    >>> threads = [threading.Thread(target=register) for _ in range(3)]
    >>> for thread in threads:
    ...     thread.start(); thread.join()
    >>> given, len(table.constructors)
    ([0, 1, 2], 3)

Causes:
    * The next index is read, and written afterwards.
    * Registrations are kept for each thread.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Final, TypeAlias

from sidetable_conformance.bench import FACT, FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.elsewhere import Meet, Seen, at_once
from sidetable_conformance.interleavings import REGISTRATIONS
from sidetable_conformance.objects import Thing
from sidetable_conformance.registering import Recorder, indices
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import ConstructFn, Constructor, Reference, Registering
from sidetable_conformance.tables.isolated import IsolatedTable
from sidetable_source import LocalSource, Source

from .every_interleaving import in_every_schedule

rule: Rule = Rule(
    "isolation.registration",
    ISOLATION,
    capabilities=("threads",),
    needs=("index.dense-from-zero", "constructor.own-index", "lookup.trace-time"),
)

MANY: Final = 3
"""How many threads register."""


_Registered: TypeAlias = tuple[int, Source, Thing]
"""The index that a registration got, and what was registered."""


@rule.check(FOUND, FACT)
def registration(bench: Bench) -> None:
    """Threads that register in turn, and two at once in every order of their steps."""
    table = bench.fresh()
    each = at_once([partial(_register, table, number) for number in range(MANY)])
    when = f"in {MANY} threads that register in turn"
    given = sorted(index for made, _ in each for index, *_ in made)
    everything = list(range(len(given)))
    bench.require(given == everything, when, f"indices 0 to {len(given) - 1}", f"{given}")
    enumerated = indices(table)
    bench.require(enumerated == everything, when, "a constructor for each", f"{enumerated}")
    constructors = dict(table.constructors())
    for made, seen in each:
        for index, source, value in made:
            bench.found(seen, index, value, when)
            recorder = Recorder()
            table.write(constructors[index], recorder)
            own = recorder.written == [("codegen", source)]
            bench.require(own, when, f"index {index} writes its own source", "another")
    in_every_schedule(bench, REGISTRATIONS)


def _register(table: Driver, number: int, meet: Meet) -> tuple[list[_Registered], Seen]:
    """Registers whenever it is its turn, and returns what it found at its indices then."""
    made: list[_Registered] = []
    for turn in range(5 * MANY):
        if turn % MANY == number:
            value = Thing(f"{len(made)} of thread {number}")
            source = LocalSource(f"thread_{number}_{len(made)}")
            made.append((table.register_user_object(value, source), source, value))
        meet()
    return made, Seen(table.get, [index for index, *_ in made])


# Faulty tables, which the check has to notice.


@rule.fault
class ThreadsCountForThemselves(IsolatedTable):
    """Each thread counts its registrations from 0."""

    def _begin(self) -> None:
        self._counts: Counter[int] = Counter()

    def _take_index(self, kind: Registering) -> int:
        self._counts[threading.get_ident()] += 1
        return self._counts[threading.get_ident()] - 1


@rule.fault
class ThreadsHaveTheirConstructors(IsolatedTable):
    """A thread enumerates the constructors of what it has registered itself."""

    def _begin(self) -> None:
        self._threads: dict[int, int] = {}

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        own = threading.get_ident()
        listed = super().constructors
        return {index: listed[index] for index in listed if self._threads[index] == own}

    def _take_index(self, kind: Registering) -> int:
        index = super()._take_index(kind)
        self._threads[index] = threading.get_ident()
        return index


@rule.fault
class SourcesAreCountedByThread(IsolatedTable):
    """A source is kept under the number of registrations that its thread has made."""

    def _begin(self) -> None:
        self._counts: Counter[int] = Counter()
        self._written: dict[int, ConstructFn] = {}

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        self._counts[threading.get_ident()] += 1
        number = self._counts[threading.get_ident()]
        self._written[number] = construct_fn
        return lambda codegen: self._written[number](index, codegen)


@rule.fault
class OneThreadBindsWhatItRegisters(IsolatedTable):
    """What is registered in another thread than the table was made in is not bound."""

    def _begin(self) -> None:
        self._made_in = threading.get_ident()

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if threading.get_ident() == self._made_in:
            super()._bind_registered(index, reference)
