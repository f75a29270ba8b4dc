"""One target judged by one edition, requirement by requirement or all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import CodeType, MappingProxyType, TracebackType
from typing import Final, final

from sidetable_conformance.bench.bench import FACTS, Bench
from sidetable_conformance.bench.check import Check, code_of, pair, premises_of
from sidetable_conformance.bench.places import place_in
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.errors import KitError, NotTestable, RequirementFailed, TargetError
from sidetable_conformance.mutants import strength
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.spec.editions import frozen_edition
from sidetable_conformance.spec.listing import requirements
from sidetable_conformance.spec.requirement import EDITIONS, OWN, Requirement, profiles_in
from sidetable_conformance.targets.driver import operation_that_raised
from sidetable_conformance.targets.target import Target, open_target
from sidetable_conformance.verdicts.header import header_here
from sidetable_conformance.verdicts.report import Report, Result, Verdict
from sidetable_conformance.wiring.trials import check_wiring


def _nobody_watches(_: Requirement) -> None:
    """Shows nothing."""


def run(
    target: object,
    *,
    edition: str = OWN,
    profile: str = "core",
    name: str = "",
    strict: bool = False,
    capabilities: Collection[str] | None = None,
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
        watch: What is called with each requirement before it is judged, to show how far it is.

    Returns:
        The verdicts. Neither they nor the kit keep anything of the target's alive, and a module
        or an object is left reset. A run takes time in proportion to the requirements, most of it
        in the collector, and so the less the fewer objects the process has.

    Raises:
        TargetError: If the target can not be used: it is in use, for example, or wired so that a
            fault that was planted around it is not noticed.
        ValueError: If there is no such edition or profile.

    Example:
        >>> run("json")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        sidetable_conformance.TargetError: target json can not be used: it has neither ...
    """
    session = Session(
        target, edition=edition, profile=profile, name=name, capabilities=capabilities
    )
    check_wiring(session.target, session.edition)
    results: list[Result] = []
    for row in session.requirements:
        watch(row)
        results.append(session.judge(row))
    return session.report(tuple(results), strict=strict)


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

    Attributes:
        target: What is judged.
        edition: The edition that it is judged by.
        profile: The group of requirements.

    Raises:
        TargetError: If the target can not be used.
        ValueError: If there is no such edition or profile.
    """

    def __init__(
        self,
        target: object,
        *,
        edition: str = OWN,
        profile: str = "core",
        name: str = "",
        capabilities: Collection[str] | None = None,
    ) -> None:
        self.edition: Final = _one_of(EDITIONS, edition, "edition")
        self.profile: Final = ",".join(profiles_in(profile))
        self._checks: Final[Mapping[Requirement, Check]] = pair(requirements(), CHECKS)
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
        depend on the order. If one of those is not kept, it is `blocked`.

        Raises:
            TargetError: If a factory fails after all.
        """
        for id_ in requirement.needs:
            if id_ not in self._verdicts:
                self.judge(self._by_id[id_])
            if self._verdicts[id_] not in (Verdict.PASS, Verdict.NOT_APPLICABLE):
                message = f"it needs {id_}, whose verdict is {self._verdicts[id_]}"
                result = Result(requirement, Verdict.BLOCKED, message, blocked_by=id_)
                self._blockers[requirement.id] = id_
                break
        else:
            result = self.judge_alone(requirement)
        self._verdicts[requirement.id] = result.verdict
        return replace(result, scored=self._frozen.scores(requirement))

    def judge_alone(self, requirement: Requirement) -> Result:
        """Returns what the check of one requirement says, whatever it needs."""
        has = self.target.capabilities
        if lacking := [word for word in requirement.capabilities if word not in has]:
            message = f"the target has no {' and no '.join(lacking)}"
            return Result(requirement, Verdict.NOT_APPLICABLE, message)
        check = self._checks[requirement]
        bench = Bench(self.target, self.edition)
        try:
            check(bench)
        except RequirementFailed as failure:
            return _failed(requirement, failure, failure.__traceback__, code_of(check))
        except NotTestable as error:
            return Result(requirement, Verdict.NOT_TESTABLE, str(error))
        except KitError as error:
            return Result(requirement, Verdict.ERROR, str(error))
        except TargetError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a verdict on all of them
            return _crashed(requirement, error, code_of(check))
        finally:
            bench.clear()
        counts = tuple(sorted(bench.counts.items()))
        missing = [fact for fact in premises_of(check) if not bench.counts[fact]]
        if missing or not counts:
            message = f"nothing was seen to be {' or '.join(missing or FACTS)}: it shows nothing"
            return Result(requirement, Verdict.VACUOUS, message, counts=counts)
        return Result(requirement, Verdict.PASS, counts=counts)

    def report(self, results: tuple[Result, ...], *, strict: bool = False) -> Report:
        """Returns results with what they were results of."""
        header = header_here(
            self.requirements,
            self.edition,
            capabilities=self.target.capabilities,
            notices=self.target.claims.notices,
            strength=str(strength()),
        )
        return Report(self.target.name, self.edition, self.profile, results, strict, header)


def _failed(
    requirement: Requirement,
    failure: RequirementFailed,
    traceback: TracebackType | None,
    code: CodeType,
) -> Result:
    fact = failure.fact or f"called {operation_that_raised(traceback)}"
    return Result(
        requirement,
        Verdict.FAIL,
        message=str(failure),
        when=failure.message,
        expected=failure.expected,
        seen=failure.seen,
        fact=(place_in(traceback, code), fact),
    )


def _crashed(requirement: Requirement, error: BaseException, code: CodeType) -> Result:
    seen = describe_error(error)
    if operation := operation_that_raised(error.__traceback__):
        called = f"{operation} was called"
        failure = RequirementFailed(called, "no exception", seen)
        return _failed(requirement, failure, error.__traceback__, code)
    return Result(requirement, Verdict.ERROR, f"the check went wrong: {seen}")


def _one_of(choices: tuple[str, ...], name: str, what: str) -> str:
    if name not in choices:
        raise ValueError(f"there is no {what} {name!r}; choose from {', '.join(choices)}")
    return name
