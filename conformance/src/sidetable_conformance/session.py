"""A run: one target, judged by one edition, requirement by requirement."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Final, TypeVar, final

from sidetable_conformance.bench import (
    BUDGETS,
    FACTS,
    Bench,
    Budget,
    budget_of,
    place_in,
    quick_collections,
)
from sidetable_conformance.driver import Target, open_target, operation_that_raised
from sidetable_conformance.elsewhere import in_child
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
    one_of,
    profiles_in,
)
from sidetable_conformance.transcript import script_of
from sidetable_conformance.wiring import check_wiring

_T = TypeVar("_T")

# --- One check run against one target, and what is made of whatever comes of it ------------------


def run_check(
    rule: Rule, target: Target, edition: str, budget: Budget = BUDGETS["normal"]
) -> Result:
    """Return what a rule's check says of a target, and leave the target reset."""
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
        message = f"the check saw no fact of kind {' or '.join(missing or FACTS)}"
        return Result(rule.requirement, Verdict.VACUOUS, message, counts=counts)
    return Result(rule.requirement, Verdict.PASS, counts=counts)


def _failed(
    rule: Rule, failure: RequirementFailed, traceback: TracebackType | None = None
) -> Result:
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
    """A run at its caller's pace, one requirement at a time and in any order.

    It holds the target. A module or an object is judged in child processes, one for each
    requirement, and stays as it was; where this process cannot fork, it is reset in between.

    Args:
        target: As for `run`.
        edition: As for `run`.
        profile: As for `run`.
        name: As for `run`.
        without: As for `run`.
        budget: How much to try of what has no natural end.

    Attributes:
        target: What is judged.
        edition: The edition that it is judged by.
        profile: The group of requirements.

    Raises:
        TargetError: If the target cannot be used.
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
        without: Collection[str] = (),
        budget: str = "normal",
    ) -> None:
        self._budget: Final = budget_of(budget)
        self.edition: Final = one_of(EDITIONS, edition, "edition")
        self.profile: Final = ",".join(profiles_in(profile))
        if not self.requirements:
            raise ValueError(f"edition {edition} asks nothing in profile {self.profile}")
        self._verdicts: Final[dict[str, Verdict]] = {}
        self._blockers: Final[dict[str, str]] = {}
        self._frozen: Final = frozen_edition(self.edition)
        self.target: Final[Target] = open_target(target, name, without)

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
        """The blocker of each requirement judged so far that is blocked."""
        return MappingProxyType(self._blockers)

    def judge(self, requirement: Requirement) -> Result:
        """Return the verdict on one requirement, and leave the target reset.

        The requirements that it needs are judged first, unless they have been, so the verdict does
        not depend on the order. If one of them fails, the verdict is `blocked`; one that cannot be
        tested here does not block.

        Raises:
            TargetError: If a factory fails after all.
        """
        if blocker := "" if self._opted_out(requirement) else self._blocker(requirement):
            message = f"it builds on {blocker}, whose verdict is {self._verdicts[blocker]}"
            result = Result(requirement, Verdict.BLOCKED, message, blocked_by=blocker)
            self._blockers[requirement.id] = blocker
        else:
            result = self.judge_alone(requirement)
        self._verdicts[requirement.id] = result.verdict
        return replace(result, scored=requirement.id in self._frozen)

    def judge_alone(self, requirement: Requirement, budget: str = "") -> Result:
        """Return the verdict of one requirement's check, whatever the requirement needs.

        Args:
            requirement: The requirement.
            budget: How much to try; by default, as much as for all.

        Raises:
            TargetError: If a factory fails after all.
            ValueError: If there is no such budget.
        """
        if words := self._opted_out(requirement):
            message = f"the run was told not to ask about {' and '.join(words)}"
            if words == ["set"]:
                message = "the target has no set, and need not have one"
            return Result(requirement, Verdict.NOT_APPLICABLE, message)
        if word := self.lacks(requirement):
            why = f"the target {self.target.claims.lacking[word]}"
            asked = f"the run asked about {word}, as profile {requirement.profile} does"
            expected = f"a target with {word}, or a run --without {word}"
            return _failed(RULES[requirement.id], RequirementFailed(asked, expected, why))
        tried = budget_of(budget) if budget else self._budget
        rule = RULES[requirement.id]
        with quick_collections():
            try:
                return self.apart(partial(run_check, rule, self.target, self.edition, tried))
            except RequirementFailed as crash:
                return _failed(rule, crash)

    def apart(self, function: Callable[[], _T]) -> _T:
        """Call a function that uses the target, and return what it returns.

        If the target is one table, the function runs in a child process, so that nothing one check
        leaves there hides a fault from the next; where this process cannot fork, it runs here.

        Raises:
            RequirementFailed: If that child crashes.
        """
        return function() if self.target.makes_tables else in_child(function)

    def report(
        self, results: tuple[Result, ...], *, strict: bool = False, budget: str = ""
    ) -> Report:
        """Return a report of these results.

        Args:
            results: The results.
            strict: Whether what cannot be tested on this interpreter counts.
            budget: How much the state machine tried.
        """
        header = header_here(
            self.requirements,
            self.edition,
            without=self.target.claims.without,
            strength=str(strength()),
            budget=budget,
        )
        return Report(self.target.name, self.edition, self.profile, results, strict, header)

    def _opted_out(self, requirement: Requirement) -> list[str]:
        """Return what a requirement is about and the target is not asked about."""
        return [word for word in requirement.capabilities if word in self.target.claims.without]

    def lacks(self, requirement: Requirement) -> str:
        """Return the first power that a requirement is about and the target lacks, or ""."""
        lacking = self.target.claims.lacking
        return next((word for word in lacking if word in requirement.capabilities), "")

    def _blocker(self, requirement: Requirement) -> str:
        """Return the root of the first thing that is needed and not kept, "" for none."""
        for id_ in self._needed(requirement):
            if id_ not in self._verdicts:
                self.judge(RULES[id_].requirement)
            if self._verdicts[id_] not in _BLOCKS_NOTHING:
                return self._blockers.get(id_, id_)
        return ""

    def _needed(self, requirement: Requirement) -> Iterator[str]:
        if word := self.lacks(requirement):
            # One requirement says that the power is not there, and the others build on it.
            about = {row.id: row for row in self.requirements if word in row.capabilities}
            first = min(
                about,
                key=lambda id_: (len(about[id_].capabilities), len({*about} & {*about[id_].needs})),
                default=requirement.id,
            )
            yield from [] if first == requirement.id else [first]
            return
        for named in requirement.needs:
            if named not in PROFILES:
                yield named
            else:
                others = (row.id for row in self.requirements if row.profile == named)
                yield from (id_ for id_ in others if id_ != requirement.id)


def explained(session: Session, result: Result) -> Result:
    """Return a failure with a script that reproduces it, and any other result as it is."""
    if result.verdict is not Verdict.FAIL or session.lacks(result.requirement):
        return result
    script = session.apart(
        partial(script_of, session.target, session.edition, RULES[result.id], result)
    )
    return replace(result, script=script) if script else result


def judged_again(
    target: object, id_: str, edition: str = OWN, without: Collection[str] = ()
) -> str:
    """Return why a target fails one requirement, or its verdict.

    The check runs in this process and thread, so that a debugger can stop inside.
    """
    result = run_check(RULES[id_], open_target(target, without=without), edition)
    return result.message or result.verdict.value


# --- A whole run: every requirement, and what led to each failure --------------------------------


def _nobody_watches(_: Requirement) -> None:
    """Show nothing."""


def run(  # noqa: PLR0913  # each is an option that stands for itself
    target: object,
    *,
    edition: str = OWN,
    profile: str = "core",
    name: str = "",
    strict: bool = False,
    without: Collection[str] = (),
    budget: str = "normal",
    watch: Callable[[Requirement], None] = _nobody_watches,
) -> Report:
    """Judge a target by every requirement of a profile, in one edition.

    Args:
        target: A module or an object with the names of `Table` or with PyTorch's; a factory that
            makes such objects; or a string to import it by, `"MODULE"` or `"MODULE:ATTRIBUTE"`.
        edition: `2026.11` or `dynamo-2.13`.
        profile: The group of requirements, or several separated by commas.
        name: The target's name in the report; by default, the name that it was found by.
        strict: Whether what cannot be tested on this interpreter counts as not conformant.
        without: The powers (`CAPABILITIES`) that the target is not meant to have; it is asked
            about every other one that the profiles ask for.
        budget: How much to try of what has no natural end: `none`, `quick`, `normal` or `deep`.
            It sets how many tables the state machine drives, once all checks of profile core pass,
            and how many schedules of two threads run; `deep` runs all with up to two preemptions.
            The state machine needs Hypothesis, the extra `stateful`; the report says if it is
            missing.
        watch: Called with each requirement before it is judged, to show progress.

    Returns:
        The verdicts. Neither they nor the kit keep anything of the target's alive. A module or an
        object is left as it was, or reset where this process cannot fork. The time of a run grows
        with the number of requirements; its collections leave out what the process had before.

    Raises:
        TargetError: If the target cannot be used: for example, it is in use, or wired so that the
            kit does not notice a fault planted around it.
        ValueError: If there is no such edition, profile or budget.

    Example:
        >>> run("json")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        sidetable_conformance.TargetError: target json cannot be used: it has neither ...
    """
    session = Session(
        target, edition=edition, profile=profile, name=name, without=without, budget=budget
    )
    results: list[Result] = []
    with quick_collections():
        session.apart(partial(check_wiring, session.target, session.edition))
        for row in session.requirements:
            watch(row)
            results.append(explained(session, session.judge(row)))
    return session.report(tuple(results), strict=strict, budget=budget)
