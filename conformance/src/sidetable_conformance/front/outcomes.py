"""How a test ends for each verdict."""

from __future__ import annotations

import pytest

from sidetable_conformance.known.failures import KnownFailures
from sidetable_conformance.reports.terminal import failure_lines
from sidetable_conformance.verdicts.result import Result, Verdict


def conclude(
    result: Result, edition: str, known: KnownFailures, *, strict: bool, rules: str = ""
) -> None:
    """Ends the test that is running as a verdict asks: returns, or skips it, or fails it.

    Args:
        result: What came of one requirement.
        edition: The edition that it was judged by.
        known: The known failures.
        strict: Whether what can not be tested here counts as failed.
        rules: The address of the page of requirements, or "": a failure says where its rule is.
    """
    said = f"{result.id}: {result.verdict}: {result.message}"
    if result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE) and known.listed(
        result.id, edition
    ):
        _fail(f"{result.id}: {result.verdict}: take it out of the file of known failures")
    if result.verdict is Verdict.PASS:
        return
    if result.verdict is Verdict.ERROR:
        _fail(f"{result.id}: fault of the kit: {result.message}")
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(said)
    if not result.scored:
        pytest.skip(f"{result.id}: not scored in {edition}, to which it was added later: {said}")
    if result.known:
        pytest.xfail(f"{result.id}: {result.known}: {result.reason}")
    if result.verdict is Verdict.NOT_TESTABLE and not strict:
        pytest.skip(f"{result.id}: NOT TESTABLE HERE, so nothing is known: {result.message}")
    head = f"{result.id}  {result.requirement.level}"
    if result.verdict is not Verdict.FAIL:
        head += f"  {result.verdict}"
    _fail("\n    ".join([head, *failure_lines(result, edition, rules=rules)]))


def _fail(text: str) -> None:
    pytest.fail(text, pytrace=False)
