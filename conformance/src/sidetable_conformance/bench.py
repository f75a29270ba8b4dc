"""What a check is given: tables to drive, and the ways to say what must hold.

A check asks for a fresh table, drives it, and requires. Whatever does not hold is raised as
`RequirementFailed`, explicitly, because `python -O` leaves every assert out.
"""

from __future__ import annotations

import gc
import inspect
import weakref
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from types import CodeType, FrameType, MappingProxyType, TracebackType
from typing import Final, TypeAlias, TypeVar, final

from sidetable_conformance.driver import LOOKUP_KINDS, Driver, Finder, Target
from sidetable_conformance.errors import KitError, NotTestable, RequirementFailed
from sidetable_conformance.objects import Caught, Thing, describe, describe_error
from sidetable_conformance.spec import one_of

_T = TypeVar("_T")

# --- How much is tried of what has no natural end ------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried.

    Attributes:
        tables: How many tables the state machine drives.
        schedules: By how many schedules each case of two threads is run, at most.
        stride: At every how many moments of an operation something comes in its middle.
    """

    tables: int
    schedules: int
    stride: int = 1


BUDGETS: Final[Mapping[str, Budget]] = MappingProxyType(
    {
        "none": Budget(0, 15, stride=4),
        "quick": Budget(25, 100),
        "normal": Budget(100, 300),
        "deep": Budget(1_000, 20_000),
    }
)
"""Every budget by its name, the smallest first."""


def budget_of(name: str) -> Budget:
    """Return a budget by its name, or raise ValueError."""
    return BUDGETS[one_of(tuple(BUDGETS), name, "budget")]


# --- Where in a check a fact is required: the lines from the check's own down to the bench -------

Place: TypeAlias = tuple[int, ...]
"""A line of the check, then a line of each function that it reached the bench or the target by.

Two assertions in one function that a check calls are so two places of that check, and one
assertion that it reaches by two of its lines is two as well.
"""

_BELOW: Final = ("sidetable_conformance.bench", "sidetable_conformance.driver")
"""The modules at which a place ends."""


def place_of(frame: FrameType | None, code: CodeType) -> Place:
    """Return the place that a frame of the bench's was called from, in a check with this code."""
    lines: list[int] = []
    while frame is not None:
        if _counts(frame):
            lines.append(frame.f_lineno)
        if frame.f_code is code:
            break
        frame = frame.f_back
    return tuple(reversed(lines))


def place_in(traceback: TracebackType | None, code: CodeType) -> Place:
    """Return the place in a check with this code that an exception came through, or ()."""
    while traceback is not None and traceback.tb_frame.f_code is not code:
        traceback = traceback.tb_next
    lines: list[int] = []
    while traceback is not None and traceback.tb_frame.f_globals["__name__"] not in _BELOW:
        if _counts(traceback.tb_frame):
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    return tuple(lines)


def _counts(frame: FrameType) -> bool:
    # Whether a comprehension has a frame of its own depends on the version of Python.
    return frame.f_globals["__name__"] not in _BELOW and not frame.f_code.co_name.startswith("<")


# --- Collections that look only at what a run has made -------------------------------------------

FROZEN_AT_START: Final = 1_000
"""More than an interpreter freezes itself (CPython 3.12 some hundreds), less than anybody else."""

_FREEZING: Final[ContextVar[bool | None]] = ContextVar("freezing", default=None)
"""Whether what is frozen is ours. None where nobody asked yet, which means to count the frozen."""


@contextmanager
def quick_collections() -> Generator[None]:
    """Leave what exists already out of the collections, which take most of the time of a run.

    Garbage that exists already is left for later too. A block inside another one changes nothing.
    """
    if _FREEZING.get() is not None:
        yield
        return
    # What somebody else froze is not ours to thaw, and some interpreters cannot freeze.
    freezing = hasattr(gc, "freeze") and gc.get_freeze_count() < FROZEN_AT_START
    token = _FREEZING.set(freezing)
    leave_out_what_is_there()
    try:
        yield
    finally:
        _FREEZING.reset(token)
        if freezing:
            gc.unfreeze()


@contextmanager
def collector_off() -> Generator[None]:
    """Keep the collector from starting by itself inside the block."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def leave_out_what_is_there() -> None:
    """Leave out what was made since then, too, if collections are quick."""
    if _FREEZING.get():
        gc.freeze()


# --- What a check is given: tables to drive, and the ways to say what must hold ------------------

COLLECTIONS: Final = 3
"""How often the collector is run before an object that is still there counts as alive."""

FOUND: Final = "found"
NOT_FOUND: Final = "not found"
RAISED: Final = "raised"
DEAD: Final = "dead"
ALIVE: Final = "alive"
FACT: Final = "fact"
FACTS: Final = (FOUND, NOT_FOUND, RAISED, DEAD, ALIVE, FACT)
"""The kinds of fact that a check requires, by which a run counts what it has really seen."""

Reference: TypeAlias = Callable[[], object]
"""A weak reference that the check made itself."""


@final
class Bench:
    """One check's access to the target.

    The bench holds the table that it gave last, and nothing else of a check's. A check drops a
    table when it asks for the next.

    Args:
        target: What gives the tables.
        edition: The edition to judge by.
        places_in: The code of the check, if it is to be told at which of its places facts were
            seen; that takes a walk up the stack for each.
        budget: How much to try of what has no natural end.

    Attributes:
        counts: How often each kind of fact was required, and seen to hold.
        places: The same for each place in the check, as pairs of place and kind.
    """

    __slots__ = ("_code", "_others", "_table", "budget", "counts", "edition", "places", "target")

    def __init__(
        self,
        target: Target,
        edition: str,
        places_in: CodeType | None = None,
        budget: Budget = BUDGETS["normal"],
    ) -> None:
        self.edition: Final = edition
        self.budget: Final = budget
        self.counts: Final[Counter[str]] = Counter()
        self.places: Final[Counter[tuple[Place, str]]] = Counter()
        self._code = places_in
        self.target: Final = target
        self._table: Driver | None = None
        self._others: Final[list[Driver]] = []

    def has(self, capability: str) -> bool:
        """Return whether the target has an optional power, beside those that are needed anyway."""
        return capability in self.target.capabilities

    def fresh(self) -> Driver:
        """Return a table in which nothing is registered or bound.

        The table that was given before is reset, because a factory may wrap one process-wide
        table each time; it must not be used any more.
        """
        self.clear()
        self._table = self.target.fresh()
        return self._table

    def another(self) -> Driver:
        """Return one more table beside the fresh one, of a target that has the power `tables`."""
        self._others.append(self.target.fresh())
        return self._others[-1]

    def clear(self) -> None:
        """Reset the tables that were given since the last fresh one, and that one.

        What reset has to do is asked by checks of its own; here it only tidies up.
        """
        tables = [*self._others, *([] if self._table is None else [self._table])]
        self._table = None
        self._others.clear()
        for table in tables:
            with suppress(Exception):
                table.reset()

    def abandon(self) -> None:
        """Give up the tables that were given, because one of them waits for itself."""
        self._table = None
        self._others.clear()

    @contextmanager
    def uncounted(self) -> Generator[None]:
        """Require facts inside the block as usual, but count none of them."""
        code, self._code = self._code, None
        counts = dict(self.counts)
        try:
            yield
        finally:
            self._code = code
            self.counts.clear()
            self.counts.update(counts)

    def collect(self) -> None:
        """Run the collector over every generation, and check that it works.

        Raises:
            NotTestable: If it frees nothing, so that no death can be seen on this interpreter.
        """
        reference = canary()
        self.target.claims.collect()
        if reference() is not None:
            own = self.target.claims.own_collect is not None
            which = "the target's collect()" if own else "the collector of this interpreter"
            raise NotTestable(f"{which} frees nothing")

    # --- what must hold ---------------------------------------------------------------------

    def require(self, holds: object, when: str, expected: str, seen: str) -> None:
        """Require a fact that has no method of its own here; `seen` is what there is instead."""
        if not holds:
            raise RequirementFailed(when, expected, seen, FACT)
        self._saw(FACT)

    def control(self, holds: object, what: str) -> None:
        """Require a fact that no implementation can change, so that a check cannot fool itself."""
        if not holds:
            raise KitError(f"the check's own control failed: {what}")

    def found(self, table: Finder, index: int, value: object, when: str) -> None:
        """Require that a lookup returns this very object."""
        try:
            found = table.get(index)
        except Exception as error:  # noqa: BLE001  # whatever the target raises is not the object
            seen = describe_error(error)
        else:
            if found is value:
                self._saw(FOUND)
                return
            other = " that is another one" if type(found) is type(value) else ""
            seen = describe(found) + other
        expected = f"index {index} finds {describe(value)}"
        raise RequirementFailed(when, expected, seen, FOUND)

    def all_found(
        self,
        table: Finder,
        values: Iterable[object],
        when: str,
        indices: Iterable[int] | None = None,
    ) -> None:
        """Require that each of these objects is found, at its own index or at its position."""
        for index, value in zip(count() if indices is None else indices, values, strict=False):
            self.found(table, index, value, when)

    def not_found(self, table: Finder, index: int, when: str) -> None:
        """Require that a lookup raises."""
        self._refused(table, index, when, lambda _: None)  # its text costs most of a check's time

    def lookup_error(self, table: Finder, index: int, when: str) -> Caught:
        """Require that a lookup raises, and return what is known of the exception."""
        return self._refused(table, index, when, self._caught)

    def _refused(
        self, table: Finder, index: int, when: str, known: Callable[[Exception], _T]
    ) -> _T:
        try:
            seen = describe(table.get(index))
        except Exception as error:  # noqa: BLE001  # which of them is right is asked here
            if self.is_lookups(error):
                self._saw(NOT_FOUND)
                return known(error)
            seen = describe_error(error)
        expected = f"looking up index {index} raises a lookup's error"
        raise RequirementFailed(when, expected, seen, NOT_FOUND) from None

    def is_lookups(self, error: Exception) -> bool:
        """Return whether an exception is one by which a lookup says that it finds nothing.

        Errors of `sidetable_source` for that are, and every `AssertionError`, `LookupError` and
        `ReferenceError`; a target that classifies its exceptions itself is asked first.
        """
        return self.target.claims.classify(error) in LOOKUP_KINDS

    def raised(
        self, kind: type[Exception], operation: Callable[[], object], when: str, said: str = ""
    ) -> Caught:
        """Require that an operation raises, and return what is known of the exception.

        It has to be of this kind, or the target has to call it what is said here.
        """
        expected = "an exception" if kind is Exception else f"{kind.__name__}"
        try:
            seen = operation()
        except Exception as error:  # noqa: BLE001  # which of them is right is asked here
            caught = self._caught(error)
            if isinstance(error, kind) or (said and caught.said == said):
                self._saw(RAISED)
                return caught
            raise RequirementFailed(when, expected, describe_error(error), RAISED) from None
        returned = f"no exception; it returned {describe(seen)}"
        raise RequirementFailed(when, expected, returned, RAISED)

    def finds(self, table: Finder, indices: Iterable[int]) -> dict[int, object]:
        """Return what each of these indices finds, without those that find nothing."""
        found: dict[int, object] = {}
        for index in indices:
            with suppress(Exception):  # whatever the error, nothing was found
                found[index] = table.get(index)
        return found

    def still_finds(
        self, table: Finder, before: dict[int, object], indices: Iterable[int], when: str
    ) -> None:
        """Require that these indices find what they found before, and the others nothing."""
        for index in indices:
            if index in before:
                self.found(table, index, before[index], when)
            else:
                self.not_found(table, index, when)

    def dead(self, reference: Reference, what: str, when: str) -> None:
        """Require that an object is gone, after as many collections as that takes."""
        for _ in range(COLLECTIONS):
            if reference() is None:
                break
            self.collect()
        if reference() is not None:
            raise RequirementFailed(when, f"{what} has died", "it is still alive", DEAD)
        self._saw(DEAD)

    def alive(self, references: Iterable[Reference], what: str, when: str) -> None:
        """Require that these objects are all still there after a collection."""
        self.collect()
        for reference in references:
            if reference() is None:
                raise RequirementFailed(when, f"{what} is alive", "it has died", ALIVE)
            self._saw(ALIVE)

    def _caught(self, error: Exception) -> Caught:
        claims = self.target.claims
        said = claims.classify(error) if claims.own_classify else None
        return Caught.of(error, said or "")

    def _saw(self, fact: str) -> None:
        self.counts[fact] += 1
        if self._code is not None:
            self.places[place_of(inspect.currentframe(), self._code), fact] += 1


def canary() -> Reference:
    """Return a weak reference to an object in a cycle, which only a collector that works ends."""
    thing = Thing("canary")
    thing.__dict__["itself"] = thing
    return weakref.ref(thing)
