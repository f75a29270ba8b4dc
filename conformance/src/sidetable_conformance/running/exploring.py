"""What a run adds to its checks: how a failure came about, and a search for more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, final

from sidetable_conformance.tracing.explaining import explain_failure
from sidetable_conformance.tracing.scheduled import explain_schedule
from sidetable_conformance.verdicts.result import Result, Verdict

if TYPE_CHECKING:
    from sidetable_conformance.stateful import Finding

    from .session import Session

_MISSING: Final = (
    "the state machine did not run: it needs Hypothesis, which comes with the extra"
    " sidetable-conformance[stateful]"
)


@final
@dataclass(frozen=True, slots=True)
class Explored:
    """What is known after the state machine, or without it.

    Attributes:
        results: The results, of which one may have turned red.
        budget: How much was tried, in a word.
        notices: What the caller should know.
    """

    results: tuple[Result, ...]
    budget: str
    notices: tuple[str, ...] = ()


def explained(session: Session, result: Result) -> Result:
    """Returns a failure with its shortest trace and a script, and any other result as it is."""
    if result.verdict is not Verdict.FAIL:
        return result
    found = explain_schedule(session.target, result) or explain_failure(
        session.target, session.edition, result
    )
    return result if found is None else replace(result, trace=found[0], script=found[1])


def explore_after(session: Session, results: tuple[Result, ...], budget: str) -> Explored:
    """Lets the state machine look for what the checks of profile core did not think of.

    Only once all of them pass: what is known to fail would be found again and again.

    Args:
        session: The run.
        results: What the checks said.
        budget: How much to try.
    """
    core = [result for result in results if result.requirement.profile == "core"]
    red = [result.id for result in core if result.red]
    if budget == "none" or not core:
        return Explored(results, "none")
    if red:
        return Explored(results, f"none, because {red[0]} did not pass")
    if find_spec("hypothesis") is None:
        return Explored(results, "none", (_MISSING,))
    # Late, because Hypothesis takes longer to import than the checks take to run.
    stateful = import_module("sidetable_conformance.stateful")
    finding: Finding | None = stateful.explore(session.target, session.edition, budget)
    if finding is None:
        return Explored(results, budget)
    return Explored(
        tuple(_failed(row, finding) if row.id == finding.id else row for row in results), budget
    )


def _failed(result: Result, finding: Finding) -> Result:
    return replace(
        result,
        verdict=Verdict.FAIL,
        message=f"{finding.when}: expected {finding.expected}; seen {finding.seen}",
        when=finding.when,
        expected=finding.expected,
        seen=finding.seen,
        trace=finding.trace.lines,
        script=finding.script,
    )
