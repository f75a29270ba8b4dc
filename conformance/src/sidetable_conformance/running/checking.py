"""One check run against one target, and what is made of whatever comes of it."""

from __future__ import annotations

from asyncio import CancelledError
from types import CodeType, TracebackType

from sidetable_conformance.bench.bench import FACTS, Bench
from sidetable_conformance.bench.budget import BUDGETS, Budget
from sidetable_conformance.bench.check import Check, code_of, premises_of
from sidetable_conformance.bench.places import place_in
from sidetable_conformance.errors import KitError, NotTestable, RequirementFailed, TargetError
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.spec.requirement import Requirement
from sidetable_conformance.targets.driver import operation_that_raised
from sidetable_conformance.targets.target import Target
from sidetable_conformance.verdicts.result import Result, Verdict


def run_check(
    check: Check,
    requirement: Requirement,
    target: Target,
    edition: str,
    budget: Budget = BUDGETS["normal"],
) -> Result:
    """Returns what a check says of a target, and leaves the target reset.

    Args:
        check: The check.
        requirement: What it checks.
        target: What it is run against, which has what the requirement is about.
        edition: The edition to judge by.
        budget: How much to try of what has no natural end.

    Raises:
        TargetError: If a factory fails after all.
    """
    bench = Bench(target, edition, budget=budget)
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
    except (Exception, SystemExit, CancelledError) as error:  # noqa: BLE001  # a verdict on all of them
        return _crashed(requirement, error, code_of(check))
    finally:
        bench.clear()
    return _passed(requirement, check, bench)


def _passed(requirement: Requirement, check: Check, bench: Bench) -> Result:
    counts = tuple(sorted(bench.counts.items()))
    missing = [fact for fact in premises_of(check) if not bench.counts[fact]]
    if missing or not counts:
        message = f"nothing was seen to be {' or '.join(missing or FACTS)}: it shows nothing"
        return Result(requirement, Verdict.VACUOUS, message, counts=counts)
    return Result(requirement, Verdict.PASS, counts=counts)


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
