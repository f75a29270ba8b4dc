"""A run: one target, judged by one edition, requirement by requirement."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType, TracebackType
from typing import Final, final

from sidetable_conformance.bench import (
    BUDGETS,
    FACTS,
    Bench,
    Budget,
    budget_of,
    place_in,
    quick_collections,
)
from sidetable_conformance.driver import operation_that_raised
from sidetable_conformance.errors import KitError, NotTestable, RequirementFailed, TargetError
from sidetable_conformance.kill_matrix import strength
from sidetable_conformance.objects import describe_error
from sidetable_conformance.results import Report, Result, Verdict, header_here
from sidetable_conformance.rule import Rule
from sidetable_conformance.rules import RULES
from sidetable_conformance.spec import (
    EDITIONS,
    OWN,
    PROFILES,
    Requirement,
    frozen_edition,
    profiles_in,
)
from sidetable_conformance.target import Target, open_target
from sidetable_conformance.transcript import script_of
from sidetable_conformance.wiring import check_wiring

# --- One check run against one target, and what is made of whatever comes of it ------------------


def run_check(
    rule: Rule, target: Target, edition: str, budget: Budget = BUDGETS["normal"]
) -> Result:
    """Returns what a rule's check says of a target, and leaves the target reset.

    Args:
        rule: The rule.
        target: What it is run against, which has what the requirement is about.
        edition: The edition to judge by.
        budget: How much to try of what has no natural end.

    Raises:
        TargetError: If a factory fails after all.
    """
    bench = Bench(target, edition, budget=budget)
    try:
        rule.function(bench)
    except RequirementFailed as failure:
        return _failed(rule, failure, failure.__traceback__)
    except NotTestable as error:
        return Result(rule.requirement, Verdict.NOT_TESTABLE, str(error))
    except KitError as error:
        return Result(rule.requirement, Verdict.ERROR, str(error))
    except TargetError:
        raise
    except (Exception, SystemExit, CancelledError) as error:  # noqa: BLE001  # a verdict on all of them
        return _crashed(rule, error)
    finally:
        bench.clear()
    return _passed(rule, bench)


def _passed(rule: Rule, bench: Bench) -> Result:
    counts = tuple(sorted(bench.counts.items()))
    missing = [fact for fact in rule.premises if not bench.counts[fact]]
    if missing or not counts:
        message = f"nothing was seen to be {' or '.join(missing or FACTS)}: it shows nothing"
        return Result(rule.requirement, Verdict.VACUOUS, message, counts=counts)
    return Result(rule.requirement, Verdict.PASS, counts=counts)


def _failed(rule: Rule, failure: RequirementFailed, traceback: TracebackType | None) -> Result:
    fact = failure.fact or f"called {operation_that_raised(traceback)}"
    return Result(
        rule.requirement,
        Verdict.FAIL,
        message=str(failure),
        when=failure.message,
        expected=failure.expected,
        seen=failure.seen,
        fact=(place_in(traceback, rule.code), fact),
    )


def _crashed(rule: Rule, error: BaseException) -> Result:
    seen = describe_error(error)
    if operation := operation_that_raised(error.__traceback__):
        failure = RequirementFailed(f"{operation} was called", "no exception", seen)
        return _failed(rule, failure, error.__traceback__)
    return Result(rule.requirement, Verdict.ERROR, f"the check went wrong: {seen}")


# --- One target judged by one edition, requirement by requirement --------------------------------


_BLOCKS_NOTHING: Final = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTABLE)
"""The verdicts that leave what needs the requirement to be judged: it is kept, or may be."""


@final
class Session:
    """A run that goes at its caller's pace, one requirement at a time and in any order.

    Holds the target. Between two requirements a module or an object is reset.

    Args:
        target: As for `run`.
        edition: As for `run`.
        profile: As for `run`.
        name: As for `run`.
        capabilities: As for `run`.
        budget: How much to try of what has no natural end.

    Attributes:
        target: What is judged.
        edition: The edition that it is judged by.
        profile: The group of requirements.

    Raises:
        TargetError: If the target can not be used.
        ValueError: If there is no such edition, profile or budget, or the edition has nothing of
            the profile.
    """

    def __init__(
        self,
        target: object,
        *,
        edition: str = OWN,
        profile: str = "core",
        name: str = "",
        capabilities: Collection[str] | None = None,
        budget: str = "normal",
    ) -> None:
        self._budget: Final = budget_of(budget)
        self.edition: Final = _one_of(EDITIONS, edition, "edition")
        self.profile: Final = ",".join(profiles_in(profile))
        if not self.requirements:
            raise ValueError(f"edition {edition} asks nothing in profile {self.profile}")
        self._verdicts: Final[dict[str, Verdict]] = {}
        self._blockers: Final[dict[str, str]] = {}
        self._frozen: Final = frozen_edition(self.edition)
        self.target: Final[Target] = open_target(target, name, capabilities)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What the edition and the profile ask, in the order of the list."""
        return tuple(
            row
            for row in (rule.requirement for rule in RULES.values())
            if row.profile in profiles_in(self.profile) and self.edition in row.editions
        )

    @property
    def blockers(self) -> Mapping[str, str]:
        """What blocks each requirement that was judged so far, and is blocked."""
        return MappingProxyType(self._blockers)

    def judge(self, requirement: Requirement) -> Result:
        """Returns the verdict on one requirement, and leaves the target reset.

        What it needs is judged first, if it was not judged before, so the verdict does not
        depend on the order. If one of those is not kept, it is `blocked`; one that can not be
        tested here may be kept.

        Raises:
            TargetError: If a factory fails after all.
        """
        blocker = "" if self._lacking(requirement) else self._blocker(requirement)
        if blocker:
            message = f"it needs {blocker}, whose verdict is {self._verdicts[blocker]}"
            result = Result(requirement, Verdict.BLOCKED, message, blocked_by=blocker)
            self._blockers[requirement.id] = blocker
        else:
            result = self.judge_alone(requirement)
        self._verdicts[requirement.id] = result.verdict
        return replace(result, scored=requirement.id in self._frozen)

    def judge_alone(self, requirement: Requirement, budget: str = "") -> Result:
        """Returns what the check of one requirement says, whatever it needs.

        Args:
            requirement: The requirement.
            budget: How much to try; by default, as much as for all.

        Raises:
            TargetError: If a factory fails after all.
            ValueError: If there is no such budget.
        """
        if lacking := self._lacking(requirement):
            message = f"the target has no {' and no '.join(lacking)}"
            return Result(requirement, Verdict.NOT_APPLICABLE, message)
        with quick_collections():
            tried = budget_of(budget) if budget else self._budget
            return run_check(RULES[requirement.id], self.target, self.edition, tried)

    def report(
        self,
        results: tuple[Result, ...],
        *,
        strict: bool = False,
        budget: str = "",
        notices: tuple[str, ...] = (),
    ) -> Report:
        """Returns results with what they were results of.

        Args:
            results: The results.
            strict: Whether what can not be tested on this interpreter counts.
            budget: How much the state machine tried.
            notices: What the caller should know, beside what is known of the target.
        """
        header = header_here(
            self.requirements,
            self.edition,
            capabilities=self.target.capabilities,
            notices=(*self.target.claims.notices, *notices),
            strength=str(strength()),
            budget=budget,
        )
        return Report(self.target.name, self.edition, self.profile, results, strict, header)

    def _lacking(self, requirement: Requirement) -> list[str]:
        """Returns what a requirement is about and the target does not have."""
        has = self.target.capabilities
        return [word for word in requirement.capabilities if word not in has]

    def _blocker(self, requirement: Requirement) -> str:
        """Returns the first thing that is needed and not kept, "" for none."""
        for id_ in self._needed(requirement):
            if id_ not in self._verdicts:
                self.judge(RULES[id_].requirement)
            if self._verdicts[id_] not in _BLOCKS_NOTHING:
                return id_
        return ""

    def _needed(self, requirement: Requirement) -> Iterator[str]:
        for named in requirement.needs:
            if named not in PROFILES:
                yield named
            else:
                others = (row.id for row in self.requirements if row.profile == named)
                yield from (id_ for id_ in others if id_ != requirement.id)


def _one_of(choices: tuple[str, ...], name: str, what: str) -> str:
    if name not in choices:
        raise ValueError(f"there is no {what} {name!r}; choose from {', '.join(choices)}")
    return name


def explained(session: Session, result: Result) -> Result:
    """Returns a failure with a script that shows it, and any other result as it is."""
    script = script_of(session.target, session.edition, RULES[result.id], result)
    return replace(result, script=script) if script else result


# --- A whole run: every requirement, and what led to each failure --------------------------------


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
    return session.report(tuple(results), strict=strict, budget=budget)
