"""What one thread stores, sets or enters, another never finds, neither while it runs nor
afterwards.

Why:
    Two threads that call one compiled function each bring their own objects. With one binding for
    both, on PyTorch 2.13 with default settings, 455 of 2,000 calls got the other thread's module,
    with no error.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> thread = threading.Thread(target=table.store, args=[other])
    >>> thread.start(); thread.join()
    >>> table.get(0) is pool
    True

Causes:
    * The binding is an attribute of the table or a global variable.
    * A lock keeps stores apart, but all threads share one binding.
    * A binding is kept under `threading.get_ident()`, which a later thread can get.
"""

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextvars import Token
from functools import partial
from threading import get_ident
from typing import ClassVar, Final, TypeAlias

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.elsewhere import Meet, Seen, at_once, elsewhere
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import REUSES, store_things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Edition, Reference
from sidetable_conformance.tables.isolated import Binding, IsolatedTable, Place

rule: Rule = Rule(
    "isolation.threads", ISOLATION, capabilities=("threads",), needs=("lookup.repeatable",)
)

PLACES: Final = range(5)
MANY: Final = 3
"""How many take turns."""
STEPS: Final = 8
"""How many turns each of them has."""
Look: TypeAlias = tuple[dict[int, object], Seen]
"""What has to be found, and what was."""
Turns: TypeAlias = Callable[[int], Iterator[list[Look]]]
"""Takes the turns of the one with a number, and gives the list of its looks at every wait."""
Run: TypeAlias = Callable[[Turns], list[list[Look]]]
"""Lets all of them take their turns, and returns what each has seen."""


@rule.check(FOUND, NOT_FOUND)
def of_threads(bench: Bench) -> None:
    """Threads that take turns, and one that begins when they have ended."""
    for table, stored in tables(bench):

        def run(turns: Turns) -> list[list[Look]]:
            used: set[int] = set()

            def known(number: int, meet: Meet) -> list[Look]:
                used.add(get_ident())
                return through(turns, number, meet)

            looks = at_once([partial(known, number) for number in range(MANY)])
            # Until one has the identifier of one that has ended.
            for _ in range(REUSES):
                identifier, late = elsewhere(lambda: (get_ident(), Seen(table.get, PLACES)))  # noqa: B023  # called at once
                looks.append([({}, late)])
                if identifier in used:
                    break
            return looks

        each_finds_its_own(bench, table, stored, "threads", run)


def tables(bench: Bench) -> Iterator[tuple[Driver, list[Thing]]]:
    """Gives tables in which nothing was stored, or nothing but 0 or 4 objects."""
    for count in (None, 0, 4):
        table = bench.fresh()
        yield table, store_things(table, count)


def each_finds_its_own(
    bench: Bench, table: Driver, stored: list[Thing], who: str, run: Run
) -> None:
    """Requires that each of them finds what it has bound itself, and so does who runs them."""
    when = f"in one of {MANY} {who} that take turns, or after them"
    refused: list[Exception] = []
    looks = run(partial(turns, bench, table, refused))
    looks.append([(dict(enumerate(stored)), Seen(table.get, PLACES))])
    for each in looks:
        for expected, seen in each:
            bench.still_finds(seen, expected, PLACES, when)
    for error in refused:
        raise error


def through(turns: Turns, number: int, meet: Meet) -> list[Look]:
    taken = turns(number)
    looks = next(taken)
    for _ in taken:
        meet()
    return looks


def turns(
    bench: Bench, table: Driver, refused: list[Exception], number: int
) -> Iterator[list[Look]]:
    # One after the other in a fixed order, so that nothing depends on who is faster.
    looks: list[Look] = []
    steps = steps_of(bench, table, refused, number)
    expected: dict[int, object] | None = None
    yield looks
    for turn in range(STEPS * MANY):
        if turn % MANY == number:
            expected = next(steps)
        yield looks
        if expected is not None:
            looks.append((expected, Seen(table.get, PLACES)))
        yield looks


def steps_of(
    bench: Bench, table: Driver, refused: list[Exception], number: int
) -> Iterator[dict[int, object]]:
    """Binds in every way that the target has, and gives what has to be found after each."""
    own = store_things(table, number + 1, f"first, of {number}: ")
    found: dict[int, object] = dict(enumerate(own))
    yield found
    if bench.has("set"):
        found = {**found, 0: Thing(f"set, of {number}")}
        table.set(0, found[0])
    yield found
    table.store()
    yield {}
    found = dict(enumerate(store_things(table, MANY - number, f"second, of {number}: ")))
    yield found
    if bench.has("frames"):
        yield from steps_in_a_frame(table, refused, number)
    else:
        yield found
        yield found
    yield found
    table.store(found[0])
    yield {0: found[0]}


def steps_in_a_frame(
    table: Driver, refused: list[Exception], number: int
) -> Iterator[dict[int, object]]:
    inner = things(4, f"in a frame, of {number}: ")
    frame = table.frame(*inner)
    frame.__enter__()
    yield dict(enumerate(inner))
    table.store(inner[3])
    yield {0: inner[3]}
    try:
        frame.leave()
    except Exception as error:  # noqa: BLE001  # what is found is judged first
        refused.append(error)


# Faulty tables, which the check has to notice.


class SharedPlace:
    """Whoever has bound something finds what was bound last, by anybody, outside of frames.

    Args:
        own: The place that is right.
    """

    def __init__(self, own: Place) -> None:
        self.own = own
        self._last = weakref.WeakKeyDictionary[object, Binding | None]()

    def _whose(self) -> object:
        """Returns what all who share it have in common."""
        return self

    @property
    def number(self) -> int:
        """The table's number."""
        return self.own.number

    @property
    def binding(self) -> Binding | None:
        """What is bound, or None."""
        own = self.own.binding
        if own is None or not self._is_shared(own):
            return own
        return self._last.get(self._whose()) or own

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        """Binds it, and returns what undoes that in the current context."""
        last = self._last.get(self._whose())
        if binding is not None and self._is_shared(binding):
            self._last[self._whose()] = binding
        elif (binding is None or binding.entry is None) and self.own.binding is last:
            self._last[self._whose()] = None
        return self.own.publish(binding)

    def _is_shared(self, binding: Binding) -> bool:
        return binding.entry is None and bool(binding.references)


class Placed(IsolatedTable):
    """A table whose bindings are in such a place."""

    place: ClassVar[type[SharedPlace]]

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place = self.place(self._place)  # type: ignore[assignment, misc]  # no child of it


@rule.fault
class BindingIsTheTables(Placed):
    """Threads that have bound something find what was bound last, by whichever of them."""

    place: ClassVar[type[SharedPlace]] = SharedPlace


@rule.fault
class SetIsForAllThreads(IsolatedTable):
    """What is set at an index is found there in every thread, until the next store."""

    def _begin(self) -> None:
        self._set_for_all: dict[int, Reference] = {}

    def _put(self, over: Binding | None, index: int, reference: Reference, owner: object) -> None:
        super()._put(over, index, reference, owner)
        if self._open_entry() is None:
            self._set_for_all[index] = reference

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        self._set_for_all.clear()

    def _find(self, binding: Binding | None, index: int) -> object:
        if binding is not None and binding.entry is None and index in self._set_for_all:
            return self._dereference(self._set_for_all[index])
        return super()._find(binding, index)


class _IdentifierPlace(SharedPlace):
    def __init__(self, own: Place) -> None:
        super().__init__(own)
        self._bound: dict[int, Binding | None] = {}

    @property
    def binding(self) -> Binding | None:
        return self.own.binding or self._bound.get(get_ident())

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        self._bound[get_ident()] = binding
        return self.own.publish(binding)


@rule.fault
class BindingIsTheIdentifiers(Placed):
    """A thread's binding is kept under its identifier, which a later thread can get."""

    place: ClassVar[type[SharedPlace]] = _IdentifierPlace
