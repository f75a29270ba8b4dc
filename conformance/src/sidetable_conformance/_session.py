"""One target judged by one edition, requirement by requirement or all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from ._bench import Bench
from ._check import Check, pair
from ._describe import describe_error
from ._driver import operation_that_raised
from ._errors import KitError, RequirementFailed, TargetError
from ._report import Report, Result, Verdict
from ._requirement_list import requirements
from ._requirements import EDITIONS, OWN, PROFILES, Requirement
from ._target import Target, open_target
from .checks import CHECKS


def run(target: object, *, edition: str = OWN, profile: str = "core", name: str = "") -> Report:
    """Judges a target by every requirement of a profile, in one edition.

    Args:
        target: A module or an object with the names of `Table` or with PyTorch's; a factory that
            makes such objects; or a text, `"MODULE"` or `"MODULE:ATTRIBUTE"`, to import it by.
        edition: `2026.11` or `dynamo-2.13`.
        profile: The group of requirements.
        name: What to call the target in the report; by default, what it was found by.

    Returns:
        The verdicts. Neither they nor the kit keep anything of the target's alive, and a module
        or an object is left reset. A run takes time in proportion to the requirements, most of it
        in the collector, and so the less the fewer objects the process has.

    Raises:
        TargetError: If the target can not be used, for example because it is in use.
        ValueError: If there is no such edition or profile.

    Example:
        >>> run("json")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        sidetable_conformance.TargetError: target json can not be used: it has neither ...
    """
    session = Session(target, edition=edition, profile=profile, name=name)
    return session.report(tuple(session.judge(row) for row in session.requirements))


@final
class Session:
    """A run that goes at its caller's pace, one requirement at a time and in any order.

    Holds the target. Between two requirements a module or an object is reset.

    Args:
        target: As for `run`.
        edition: As for `run`.
        profile: As for `run`.
        name: As for `run`.

    Attributes:
        target: What is judged.
        edition: The edition that it is judged by.
        profile: The group of requirements.

    Raises:
        TargetError: If the target can not be used.
        ValueError: If there is no such edition or profile.
    """

    def __init__(
        self, target: object, *, edition: str = OWN, profile: str = "core", name: str = ""
    ) -> None:
        self.edition: Final = _one_of(EDITIONS, edition, "edition")
        self.profile: Final = _one_of(PROFILES, profile, "profile")
        self._checks: Final[Mapping[Requirement, Check]] = pair(requirements(), CHECKS)
        self.target: Final[Target] = open_target(target, name)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What the edition and the profile ask, in the order of the list."""
        return tuple(
            row
            for row in self._checks
            if row.profile == self.profile and self.edition in row.editions
        )

    def judge(self, requirement: Requirement) -> Result:
        """Returns the verdict on one requirement, and leaves the target reset.

        Raises:
            TargetError: If a factory fails after all.
        """
        if requirement.capability and requirement.capability not in self.target.capabilities:
            message = f"the target has no {requirement.capability}"
            return Result(requirement, Verdict.NOT_APPLICABLE, message)
        bench = Bench(self.target, self.edition)
        try:
            self._checks[requirement](bench)
        except RequirementFailed as failure:
            return _failed(requirement, failure)
        except KitError as error:
            return Result(requirement, Verdict.ERROR, str(error))
        except TargetError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a verdict on all of them
            return _crashed(requirement, error)
        finally:
            bench.clear()
        return Result(requirement, Verdict.PASS)

    def report(self, results: tuple[Result, ...]) -> Report:
        """Returns results with what they were results of."""
        return Report(self.target.name, self.edition, self.profile, results)


def _failed(requirement: Requirement, failure: RequirementFailed) -> Result:
    return Result(
        requirement,
        Verdict.FAIL,
        message=str(failure),
        when=failure.message,
        expected=failure.expected,
        seen=failure.seen,
    )


def _crashed(requirement: Requirement, error: BaseException) -> Result:
    seen = describe_error(error)
    if operation := operation_that_raised(error.__traceback__):
        called = f"{operation} was called"
        return _failed(requirement, RequirementFailed(called, "no exception", seen))
    return Result(requirement, Verdict.ERROR, f"the check went wrong: {seen}")


def _one_of(choices: tuple[str, ...], name: str, what: str) -> str:
    if name not in choices:
        raise ValueError(f"there is no {what} {name!r}; choose from {', '.join(choices)}")
    return name
