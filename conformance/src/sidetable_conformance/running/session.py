"""One target judged by one edition, requirement by requirement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, final

from sidetable_conformance.bench.budget import budget_of
from sidetable_conformance.bench.check import Check, pair
from sidetable_conformance.bench.collecting import quick_collections
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.mutants import strength
from sidetable_conformance.spec.editions import frozen_edition
from sidetable_conformance.spec.listing import requirements
from sidetable_conformance.spec.requirement import EDITIONS, OWN, Requirement, profiles_in
from sidetable_conformance.targets.target import Target, open_target
from sidetable_conformance.verdicts.header import header_here
from sidetable_conformance.verdicts.report import Report, Result, Verdict

from .checking import run_check

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
        self._checks: Final[Mapping[Requirement, Check]] = pair(requirements(), CHECKS)
        if not self.requirements:
            raise ValueError(f"edition {edition} asks nothing in profile {self.profile}")
        self._by_id: Final = {row.id: row for row in self._checks}
        self._verdicts: Final[dict[str, Verdict]] = {}
        self._blockers: Final[dict[str, str]] = {}
        self._frozen: Final = frozen_edition(self.edition)
        self.target: Final[Target] = open_target(target, name, capabilities)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What the edition and the profile ask, in the order of the list."""
        return tuple(
            row
            for row in self._checks
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
        return replace(result, scored=self._frozen.scores(requirement))

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
        check = self._checks[requirement]
        with quick_collections():
            tried = budget_of(budget) if budget else self._budget
            return run_check(check, requirement, self.target, self.edition, tried)

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
        for id_ in requirement.needs:
            if id_ not in self._verdicts:
                self.judge(self._by_id[id_])
            if self._verdicts[id_] not in _BLOCKS_NOTHING:
                return id_
        return ""


def _one_of(choices: tuple[str, ...], name: str, what: str) -> str:
    if name not in choices:
        raise ValueError(f"there is no {what} {name!r}; choose from {', '.join(choices)}")
    return name
