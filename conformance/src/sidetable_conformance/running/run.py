"""A whole run: every requirement, and what led to each failure."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sidetable_conformance.bench.collecting import quick_collections
from sidetable_conformance.spec.requirement import OWN, Requirement
from sidetable_conformance.verdicts.report import Report, Result
from sidetable_conformance.wiring.trials import check_wiring

from .exploring import explained, explore_after
from .session import Session


def _nobody_watches(_: Requirement) -> None:
    """Shows nothing."""


def run(  # noqa: PLR0913  # each is an option that stands for itself
    target: object,
    *,
    edition: str = OWN,
    profile: str = "core",
    name: str = "",
    strict: bool = False,
    capabilities: Collection[str] | None = None,
    budget: str = "normal",
    watch: Callable[[Requirement], None] = _nobody_watches,
) -> Report:
    """Judges a target by every requirement of a profile, in one edition.

    Args:
        target: A module or an object with the names of `Table` or with PyTorch's; a factory that
            makes such objects; or a text, `"MODULE"` or `"MODULE:ATTRIBUTE"`, to import it by.
        edition: `2026.11` or `dynamo-2.13`.
        profile: The group of requirements; several with commas between them.
        name: What to call the target in the report; by default, what it was found by.
        strict: Whether what can not be tested on this interpreter counts as not conformant.
        capabilities: The optional powers that the target has; by default what it declares itself,
            and where it declares nothing, what its names show.
        budget: How much is tried of what has no natural end: `none`, `quick`, `normal` or `deep`.
            That is how many tables the state machine drives, once all checks of profile core
            pass, and by how many schedules two threads are run; `deep` is all with up to two
            preemptions. The state machine needs Hypothesis, the extra `stateful`; where that is
            missing, the report says so.
        watch: What is called with each requirement before it is judged, to show how far it is.

    Returns:
        The verdicts. Neither they nor the kit keep anything of the target's alive, and a module
        or an object is left reset. A run takes time in proportion to the requirements; what the
        process had before is left out of its collections.

    Raises:
        TargetError: If the target can not be used: it is in use, for example, or wired so that a
            fault that was planted around it is not noticed.
        ValueError: If there is no such edition, profile or budget.

    Example:
        >>> run("json")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        sidetable_conformance.TargetError: target json can not be used: it has neither ...
    """
    session = Session(
        target,
        edition=edition,
        profile=profile,
        name=name,
        capabilities=capabilities,
        budget=budget,
    )
    results: list[Result] = []
    with quick_collections():
        check_wiring(session.target, session.edition)
        for row in session.requirements:
            watch(row)
            results.append(explained(session, session.judge(row)))
        explored = explore_after(session, tuple(results), budget)
    return session.report(
        explored.results, strict=strict, budget=explored.budget, notices=explored.notices
    )
