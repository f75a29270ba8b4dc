"""A handle whose frame has ended, in whichever way, is an error of its own, and no two frames have
the same handle.

Why:
    Code that shares no context can come too late. With a handle that was given out again, it would
    find the objects of another call.

Example:
    >>> table = SideTable()
    >>> with table.frame(pool) as frame:
    ...     handle = frame.handle
    >>> table.resolve(handle, 0)
    Traceback (most recent call last):
    sidetable_source.errors.StaleHandleError: ...

Causes:
    * A handle is a place in a list, which the next frame takes.
    * Handles are forgotten with their frames, and are unknown then.
"""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any, Final

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import Caught, things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Edition
from sidetable_conformance.tables.isolated import Entry, IsolatedTable
from sidetable_source import StaleHandleError, UnknownHandleError

rule: Rule = Rule(
    "handle.stale",
    ISOLATION,
    capabilities=("handles", "frames"),
    needs=("handle.resolves-anywhere",),
)

MANY: Final = 1_000
STALE: Final = "the handle of a frame that has ended"
UNKNOWN: Final = "a number that never was a handle"
UNBOUND: Final = "an index that the frame does not bind"


@rule.check(RAISED, FACT)
def stale(bench: Bench) -> None:
    """However its frame has ended, the error is like no other; no frame has another's handle."""
    for way, left in _WAYS_TO_LEAVE.items():
        table = bench.fresh()
        handle = left(table)
        error_of_its_own(bench, table, f"{STALE}, {way}", partial(table.resolve, handle, 0))
    tables = [bench.fresh()]
    if bench.has("tables"):
        tables.append(bench.another())
    handles: set[int] = set()
    for number in range(MANY):
        with tables[number % len(tables)].frame() as frame:
            handles.add(frame.handle)
    many = f"{len(handles)} different handles"
    bench.require(len(handles) == MANY, f"{MANY} frames", f"{MANY} different handles", many)


def normally(table: Driver) -> int:
    with table.frame(*things(1)) as frame:
        handle: int = frame.handle
    return handle


def _by_an_exception(table: Driver) -> int:
    handle = -1
    with suppress(LookupError), table.frame(*things(1)) as frame:
        handle = frame.handle
        raise LookupError
    return handle


def _out_of_order(table: Driver) -> int:
    outer = table.frame(*things(1))
    outer.__enter__()
    handle: int = outer.handle
    with table.frame(*things(2)), suppress(Exception):
        outer.leave()
    return handle


_WAYS_TO_LEAVE: Final[dict[str, Callable[[Driver], int]]] = {
    "normally": normally,
    "by an exception": _by_an_exception,
    "out of order": _out_of_order,
}


def error_of_its_own(bench: Bench, table: Driver, what: str, resolve: Callable[[], object]) -> None:
    """Requires that an operation raises, and what none of the others does."""
    ended = normally(table)
    with table.frame(*things(1, "live ")) as live:
        asked: dict[str, Callable[[], object]] = {
            STALE: partial(table.resolve, ended, 0),
            UNKNOWN: partial(table.resolve, -1, 0),
            UNBOUND: partial(table.resolve, live.handle, 1),
            what: resolve,
        }
        came = {
            name: bench.raised(Exception, ask, f"resolve of {name}") for name, ask in asked.items()
        }
    for name, other in came.items():
        if not what.startswith(name):
            apart = are_apart(came[what], other)
            seen = f"{came[what].text}, and {other.text}"
            expected = "types of which neither is a kind of the other"
            bench.require(apart, f"{what}, and {name}", expected, seen)


def are_apart(one: Caught, other: Caught) -> bool:
    if one.said or other.said:
        return one.said != other.said
    return not (issubclass(one.kind, other.kind) or issubclass(other.kind, one.kind))


# Faulty tables, which the check has to notice.


class Naming(IsolatedTable):
    """Has handles of its own, each for the one that the parent would give."""

    def _handle_of(self, entry: Entry) -> Any:  # an int, but for a fault
        return self._named(super()._handle_of(entry))

    @abstractmethod
    def _named(self, handle: int) -> object: ...

    @abstractmethod
    def _handle(self, named: Any) -> int: ...

    def resolve(self, handle: Any, index: int) -> object:
        return super().resolve(self._handle(handle), index)


@rule.fault
class StaleIsNone(IsolatedTable):
    """The handle of a frame that has ended finds None."""

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except StaleHandleError:
            return None


@rule.fault
class StaleIsUnknown(IsolatedTable):
    """Handles are forgotten with their frames, and then were never given out."""

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except StaleHandleError:
            raise UnknownHandleError(handle) from None


@rule.fault
class HandlesAreGivenOutAgain(Naming):
    """After some hundreds, handles start again."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._numbers = count()
        self._given: dict[int, int] = {}

    def _named(self, handle: int) -> object:
        number = next(self._numbers) % 999
        self._given[number] = handle
        return number

    def _handle(self, named: Any) -> int:
        return self._given.get(named, -1)
