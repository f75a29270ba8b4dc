"""Explores a target, and says what was found."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, cast, final

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.budget import budget_of
from sidetable_conformance.bench.collecting import quick_collections
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.errors import KitError, NotTestable
from sidetable_conformance.mutants import CorrectTable, Edition
from sidetable_conformance.spec.requirement import OWN
from sidetable_conformance.targets.target import Target, open_target
from sidetable_conformance.tracing.explaining import shortest_trace
from sidetable_conformance.tracing.script import script
from sidetable_conformance.tracing.spelling import imports_of
from sidetable_conformance.tracing.trace import Trace

from .attribution import candidates
from .machine import Diverged, Machine

STEPS: Final = 16
"""How many rules one table goes through."""


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """A failure that the state machine found.

    Attributes:
        id: The requirement that it breaks, or the likeliest of those that it may break.
        trace: The shortest trace that was found.
        script: A script that shows it, or "" where the target can not be imported by its name.
    """

    id: str
    trace: Trace
    script: str

    @property
    def when(self) -> str:
        """What was done, as a phrase."""
        *before, _ = self.trace.lines
        return f"after {', '.join(before)}" if before else "on a fresh table"

    @property
    def expected(self) -> str:
        """What the last step should have answered."""
        return self.trace.expected

    @property
    def seen(self) -> str:
        """What it answered."""
        return self.trace.seen


def explore(target: object, edition: str = OWN, budget: str = "normal") -> Finding | None:
    """Drives a target by steps in any order until it does not answer as a table should.

    The same target gives the same finding every time: no chance, and no memory of earlier runs.

    Args:
        target: As for `sidetable_conformance.run`, or a target that was opened already.
        edition: Whose rules are asked.
        budget: How much to try: `none`, `quick`, `normal` or `deep`.

    Returns:
        The finding, or None. The target is left reset.

    Raises:
        TargetError: If the target can not be used.
        ValueError: If there is no such budget.

    Example:
        >>> from sidetable_conformance.mutants import CorrectTable
        >>> explore(lambda: CorrectTable("2026.11"), budget="quick") is None
        True
    """
    if not (tables := budget_of(budget).tables):
        return None
    opened = target if isinstance(target, Target) else open_target(target)
    found: list[Diverged] = []
    facts = {"target": opened, "edition": edition, "found": found}
    machine = type("Exploration", (Machine,), facts)
    try:
        with quick_collections():
            # What does not fail again is flaky for Hypothesis, and a failure all the same.
            with suppress(Diverged, Flaky):
                run_state_machine_as_test(machine, settings=_settings(tables))
            if not found:
                return None
            shortest = min(found, key=lambda each: len(each.draft.steps))
            return _finding(opened, edition, shortest)
    finally:
        with suppress(Exception):
            opened.fresh().reset()


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=(
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.large_base_example,
            HealthCheck.too_slow,
        ),
        verbosity=Verbosity.quiet,
    )


def _finding(target: Target, edition: str, found: Diverged) -> Finding:
    correct = open_target(partial(CorrectTable, cast("Edition", edition)))
    what = found.violation.expected.what
    trace = shortest_trace(found.draft, what, target, correct)
    if trace is None:  # it does not fail in the same way again
        trace = Trace.of(found.draft, found.violation)
    imports = imports_of(target)
    text = script(trace, target.shape, imports) if imports else ""
    return Finding(_id_of(trace, target), trace, text)


def _id_of(trace: Trace, target: Target) -> str:
    """Returns the most likely requirement of which the check says so too, or else the likeliest."""
    likely = candidates(trace)
    broken = (id_ for id_ in likely if _is_broken(id_, target, trace.draft.edition))
    return next(broken, likely[0])


def _is_broken(id_: str, target: Target, edition: str) -> bool:
    bench = Bench(target, edition)
    try:
        CHECKS[id_](bench)
    except (KitError, NotTestable):
        return False
    except Exception:  # noqa: BLE001  # what a check lets through is the target's
        return True
    finally:
        bench.clear()
    return False
