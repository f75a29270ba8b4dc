"""What a check is given: tables to drive, and the ways to say what must hold.

A check asks for a fresh table, drives it, and requires. Whatever does not hold is raised as
`RequirementFailed`, explicitly, because `python -O` leaves every assert out.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, TypeAlias, final

from ._describe import Caught, describe, describe_error
from ._driver import Driver
from ._errors import KitError, RequirementFailed
from ._target import Target
from ._things import Thing

LOOKUP_ERRORS: Final = (AssertionError, LookupError, ReferenceError)
"""What a lookup that finds nothing may raise; children of these too."""

COLLECTIONS: Final = 3
"""How often the collector is run before an object that is still there counts as alive."""

Reference: TypeAlias = Callable[[], object]
"""A weak reference that the check made itself."""


@final
class Bench:
    """One check's access to the target.

    The bench holds the table that it gave last, and nothing else of a check's. A check drops a
    table when it asks for the next.

    Attributes:
        edition: The edition to judge by.
    """

    __slots__ = ("_table", "_target", "edition")

    def __init__(self, target: Target, edition: str) -> None:
        self.edition: Final = edition
        self._target = target
        self._table: Driver | None = None

    def fresh(self) -> Driver:
        """Returns a table in which nothing is registered or bound.

        The table that was given before is reset, because a factory may wrap one process-wide
        table each time; it must not be used any more.
        """
        self.clear()
        self._table = self._target.fresh()
        return self._table

    def clear(self) -> None:
        """Resets the table that was given last, if there is one.

        What reset has to do is asked by checks of its own; here it only tidies up.
        """
        table, self._table = self._table, None
        if table is not None:
            with suppress(Exception):
                table.reset()

    def collect(self) -> None:
        """Runs the collector over every generation, and sees that it works.

        Raises:
            KitError: If it lets nothing go, so that no death can be seen on this interpreter.
        """
        canary = _canary()
        gc.collect()
        if canary() is not None:
            raise KitError("this interpreter's collector let nothing go: no death can be seen")

    # --- what must hold ---------------------------------------------------------------------

    def require(self, holds: object, when: str, expected: str, seen: str) -> None:
        """Requires a fact that has no method of its own here.

        Args:
            holds: Whether it is so.
            when: What was done, as a phrase.
            expected: What the requirement asks for.
            seen: What there is instead, if it is not so.
        """
        if not holds:
            raise RequirementFailed(when, expected, seen)

    def found(self, table: Driver, index: int, value: object, when: str) -> None:
        """Requires that a lookup gives this very object."""
        expected = f"index {index} finds {describe(value)}"
        try:
            seen = table.get(index)
        except Exception as error:  # noqa: BLE001  # whatever the target raises is not the object
            raise RequirementFailed(when, expected, describe_error(error)) from None
        if seen is not value:
            other = " that is another one" if type(seen) is type(value) else ""
            raise RequirementFailed(when, expected, describe(seen) + other)

    def not_found(self, table: Driver, index: int, when: str) -> Caught:
        """Requires that a lookup raises, and returns what is known of the exception."""
        expected = f"looking up index {index} raises a lookup's error"
        try:
            seen = table.get(index)
        except LOOKUP_ERRORS as error:
            return Caught.of(error)
        except Exception as error:  # noqa: BLE001  # every other error is a wrong one
            raise RequirementFailed(when, expected, describe_error(error)) from None
        raise RequirementFailed(when, expected, describe(seen))

    def raised(
        self,
        kind: type[Exception],
        operation: Callable[[], object],
        when: str,
    ) -> Caught:
        """Requires that an operation raises, and returns what is known of the exception."""
        expected = "an exception" if kind is Exception else f"{kind.__name__}"
        try:
            seen = operation()
        except kind as error:
            return Caught.of(error)
        except Exception as error:  # noqa: BLE001  # every other error is a wrong one
            raise RequirementFailed(when, expected, describe_error(error)) from None
        raise RequirementFailed(when, expected, f"no exception; it returned {describe(seen)}")

    def finds(self, table: Driver, indices: Iterable[int]) -> dict[int, object]:
        """Returns what each of these indices finds, without those that find nothing."""
        found: dict[int, object] = {}
        for index in indices:
            with suppress(Exception):  # whatever the error, nothing was found
                found[index] = table.get(index)
        return found

    def still_finds(
        self, table: Driver, before: dict[int, object], indices: Iterable[int], when: str
    ) -> None:
        """Requires that these indices find what they found before, and the others nothing."""
        for index in indices:
            if index in before:
                self.found(table, index, before[index], when)
            else:
                self.not_found(table, index, when)

    def dead(self, reference: Reference, what: str, when: str) -> None:
        """Requires that an object is gone, after as many collections as that takes."""
        for _ in range(COLLECTIONS):
            if reference() is None:
                return
            self.collect()
        self.require(reference() is None, when, f"{what} has died", "it is still alive")

    def alive(self, references: Iterable[Reference], what: str, when: str) -> None:
        """Requires that these objects are all still there after a collection."""
        self.collect()
        for reference in references:
            self.require(reference() is not None, when, f"{what} is alive", "it has died")


def _canary() -> Reference:
    thing = Thing("canary")
    thing.__dict__["itself"] = thing
    return weakref.ref(thing)
