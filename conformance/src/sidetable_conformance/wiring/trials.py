"""Tries out whether the kit would notice faults of a target, by planting some around it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import final

from sidetable_conformance.bench.bench import COLLECTIONS, Bench, canary
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.errors import KitError, NotTestable, TargetError
from sidetable_conformance.targets.shape import SIDETABLE
from sidetable_conformance.targets.target import Target

from ._breaks import BREAKS
from .wrapped import Wrapped


@final
class Outcome(StrEnum):
    """What came of one trial.

    Attributes:
        CAUGHT: The check that has to notice the fault did.
        MISSED: It passed all the same.
        NOT_TESTABLE: What it has to see can not be seen on this interpreter.
    """

    CAUGHT = "caught"
    MISSED = "missed"
    NOT_TESTABLE = "not-testable"


@final
@dataclass(frozen=True, slots=True)
class Trial:
    """One fault that was planted around a target.

    Attributes:
        fault: What was wrong, as a clause that follows "that".
        operation: The operation that was done wrong.
        id: The requirement whose check has to notice.
        outcome: What came of it.
    """

    fault: str
    operation: str
    id: str
    outcome: Outcome

    @property
    def complaint(self) -> str:
        """What is to be said where it was missed.

        Example:
            >>> Trial("a store did nothing", "store", "store.large", Outcome.MISSED).complaint
            'store.large did not notice, with a wrapper around it, that a store did nothing; see \
how store is wired'
        """
        return (
            f"{self.id} did not notice, with a wrapper around it, that {self.fault}; see how"
            f" {self.operation} is wired"
        )


def trials(target: Target, edition: str) -> Iterator[Trial]:
    """Plants one fault after another around a target, and yields what came of each.

    The target is left reset. What applies only to targets with a capability is left out for one
    without it.

    Raises:
        TargetError: If a factory fails after all.
        KitError: If a check goes wrong.
    """
    for kind in BREAKS:
        if not kind.capability or kind.capability in target.capabilities:
            outcome = _outcome(kind, target, edition)
            yield Trial(kind.fault(), kind.operation, kind.caught_by, outcome)


def check_wiring(target: Target, edition: str) -> None:
    """Sees to it that no fault of a target can hide behind the way in which it is wired.

    It says nothing about the target itself, whose faults are for the requirements to find.

    Raises:
        TargetError: If its `collect()` lets nothing go although the interpreter's does, or the
            kit does not notice a fault that was planted around the target.

    Example:
        >>> from functools import partial
        >>> from sidetable_conformance.mutants import CorrectTable
        >>> from sidetable_conformance.targets.target import open_target
        >>> check_wiring(open_target(partial(CorrectTable, "2026.11")), "2026.11")
    """
    check_collect(target)
    for trial in trials(target, edition):
        if trial.outcome is Outcome.MISSED:
            raise TargetError(target.name, f"the kit is blind to it: {trial.complaint}")


def check_collect(target: Target) -> None:
    """Sees to it that a collection in the target's own way lets go what nobody holds.

    Raises:
        TargetError: If it does not, although the interpreter's collector does.
    """
    if target.claims.own_collect is None:
        return
    by_itself = gc.isenabled()
    gc.disable()  # what the interpreter lets go by itself would be taken for the target's doing
    try:
        reference = canary()
        for _ in range(COLLECTIONS):
            target.claims.collect()
        held = reference() is not None
        gc.collect()
    finally:
        if by_itself:
            gc.enable()
    if held and reference() is None:
        raise TargetError(target.name, "its collect() lets nothing go, so no death would be seen")


def _outcome(kind: type[Wrapped], target: Target, edition: str) -> Outcome:
    # Its tables are got through a bench, which resets them: a wrapper may not pass a reset on.
    behind = Bench(target, edition)
    wrapper = Target(None, SIDETABLE, lambda: kind(behind.fresh()), target.claims)
    front = Bench(wrapper, edition)
    try:
        CHECKS[kind.caught_by](front)
    except NotTestable:
        return Outcome.NOT_TESTABLE
    except KitError:
        raise
    except TargetError as error:
        # A live table's own reset, called for a fresh one, is no failure of a factory.
        if error.__cause__ is None or isinstance(error.__cause__, TargetError):
            raise
        return Outcome.CAUGHT
    except (Exception, SystemExit):  # noqa: BLE001  # a failure, or out of the target: it is red
        return Outcome.CAUGHT
    finally:
        front.clear()
        behind.clear()
    return Outcome.MISSED
