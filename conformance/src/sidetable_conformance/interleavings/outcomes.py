"""What a lookup may give while another thread changes something."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context, copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, final

from sidetable_conformance.bench.elsewhere import elsewhere
from sidetable_conformance.objects.describe import Caught
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.schedules import Operation, Outcome
from sidetable_conformance.targets.driver import Driver

Tables: TypeAlias = Callable[[], Driver]
"""Gives a table in which nothing is registered or bound."""


@final
@dataclass(frozen=True, slots=True)
class Manners:
    """How an implementation behaves while nothing goes on at once.

    Attributes:
        carries_over: Whether a copy of a context finds, in another thread, what was bound there.
        errors: The types of the errors by which a lookup says that there is nothing.
    """

    carries_over: bool
    errors: frozenset[type[BaseException]]


def manners_of(tables: Tables) -> Manners:
    """Returns how the tables of an implementation behave while nothing goes on at once."""
    return Context().run(_manners, tables)


def _manners(tables: Tables) -> Manners:
    table, kept = tables(), Thing("kept")
    outcomes = [_look(table, 0)]
    table.store(kept, Thing("not kept"))
    outcomes += [_look(table, 1), _look(table, 2)]
    outcomes.append(elsewhere(partial(_look, table, 0)))
    copied = copy_context()
    there = elsewhere(lambda: copied.run(_look, table, 0))
    kinds = {outcome.caught.kind for outcome in outcomes if outcome.caught is not None}
    return Manners(there.value is kept, frozenset(kinds))


def _look(table: Driver, index: int) -> Outcome:
    return outcome_of(partial(table.get, index))


def outcome_of(operation: Operation) -> Outcome:
    """Returns what an operation comes to while nothing goes on at once."""
    try:
        return Outcome(operation())
    except Exception as error:  # noqa: BLE001  # whichever it is
        return Outcome(caught=Caught.of(error))


def wrong_of(
    outcome: Outcome,
    allowed: Iterable[object],
    errors: frozenset[type[BaseException]] = frozenset(),
) -> str:
    """Returns what is wrong with what a lookup gave, or "".

    Args:
        outcome: What it gave.
        allowed: The objects that it may have found.
        errors: The types of error that it may have raised.

    Example:
        >>> wrong_of(Outcome(None), [Thing("a")])
        'a lookup gave None'
    """
    if outcome.caught is not None:
        return "" if outcome.caught.kind in errors else f"a lookup raised {outcome}"
    return "" if any(outcome.value is value for value in allowed) else f"a lookup gave {outcome}"
