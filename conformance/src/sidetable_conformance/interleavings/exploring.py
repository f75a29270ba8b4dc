"""Goes through the schedules of a case, for any target."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import Final, final

from sidetable_conformance.schedules import Failure, OwnCode, Scenario, explore, replay
from sidetable_conformance.schedules.exploring import MOST_SCHEDULES
from sidetable_conformance.schedules.scenario import Seen
from sidetable_conformance.targets.target import Target, open_target

from .cases import CASES, Case
from .outcomes import Manners, Tables, manners_of


@final
@dataclass(frozen=True, slots=True)
class Explored:
    """What exploring a case came to.

    Attributes:
        schedules: How many schedules were run.
        complete: Whether those were all with up to two preemptions.
        failure: The first failing one, or None.
        is_stuck: Whether it failed because threads wait for one another, so that the table may
            be locked for good.
    """

    schedules: int
    complete: bool
    failure: Failure | None
    is_stuck: bool


def explore_case(
    case: Case,
    target: Target,
    *,
    tables: Tables | None = None,
    preemptions: int = 2,
    limit: int = MOST_SCHEDULES,
) -> Explored:
    """Runs a case by every schedule, up to the first that gives a wrong result.

    Threads are preempted between the bytecodes of the target's own code, and of a target that has
    none, between operations.

    Args:
        case: The case.
        target: The target.
        tables: Gives a fresh table; by default, the target does.
        preemptions: How many preemptions a schedule has at most.
        limit: How many schedules are run at most.

    Raises:
        KitError: If no boundary was seen, so that nothing was explored.
        NotTestable: If a turn does not end.

    Example:
        >>> from functools import partial
        >>> from sidetable_conformance.mutants import IsolatedTable
        >>> target = open_target(partial(IsolatedTable, "2026.11"))
        >>> explore_case(CASES[0], target, preemptions=0)
        Explored(schedules=2, complete=True, failure=None, is_stuck=False)
    """
    running = _Running(case, target.fresh if tables is None else tables)
    found = explore(running.make, own_code(target), preemptions=preemptions, limit=limit)
    is_stuck = found.failure is not None and not running.was_judged
    return Explored(found.schedules, found.complete, found.failure, is_stuck)


def replay_case(
    name: str, target: object, schedule: str, capabilities: Collection[str] | None = None
) -> Failure | None:
    """Runs a case by one schedule, as a report names it.

    Args:
        name: The case's name.
        target: A module, an object or a factory, or the text to import it by.
        schedule: The schedule's name.
        capabilities: The optional powers of the target; by default, those that it declares.

    Returns:
        What is wrong, or None.

    Raises:
        ValueError: If there is no such case or schedule, or the case can not follow it.
        TargetError: If the target can not be used.
        KitError: If no boundary was seen.
        NotTestable: If a turn does not end.

    Example:
        >>> replay_case("a store", "json", "0:5")
        Traceback (most recent call last):
        ValueError: there is no case 'a store'
    """
    case = next((each for each in CASES if each.name == name), None)
    if case is None:
        raise ValueError(f"there is no case {name!r}")
    opened = open_target(target, capabilities=capabilities)
    return replay(_Running(case, opened.fresh).make, schedule, own_code(opened))


def own_code(target: Target) -> OwnCode | None:
    """Returns a target's own code, or None where its store and its lookup are not in Python."""
    code = OwnCode(*target.things)
    thing, shape = target.things[0], target.shape
    operations = [getattr(thing, name, None) for name in (shape.store, shape.get)]
    return code if any(_is_in(code, operation) for operation in operations) else None


def _is_in(code: OwnCode, operation: object) -> bool:
    while isinstance(operation, partial | MethodType):
        operation = operation.func if isinstance(operation, partial) else operation.__func__
    if not isinstance(operation, FunctionType):
        operation = inspect.getattr_static(type(operation), "__call__", None)
    return isinstance(operation, FunctionType) and code.covers(operation.__code__.co_filename)


@final
class _Running:
    """Makes a case anew for each schedule.

    Attributes:
        was_judged: Whether the last schedule's threads came to their ends.
    """

    def __init__(self, case: Case, tables: Tables) -> None:
        self._case: Final = case
        self._tables: Final = tables
        self._manners: Final[Manners] = manners_of(tables)
        self.was_judged = False

    def make(self) -> Scenario:
        """Makes a table and what the threads do with it."""
        scenario = self._case.scenario(self._tables, self._manners)
        self.was_judged = False

        def verdict(seen: Seen) -> str:
            self.was_judged = True
            return scenario.verdict(seen)

        return Scenario(scenario.bodies, verdict)
