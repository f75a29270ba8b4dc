"""The requirements as tests: what `pytest --pyargs sidetable_conformance` collects.

There is one test, and a parameter for each requirement, so that nothing can be left out by not
being subclassed, and `-k` selects by id. Ids are those of the requirements, and never depend on
where this file is.
"""

from __future__ import annotations

import pytest

from sidetable_conformance.verdicts.report import Verdict
from sidetable_conformance.spec.requirement import Requirement
from sidetable_conformance.running.session import Session
from sidetable_conformance.reports.terminal import failure_lines

__all__ = ["test_requirement"]


def test_requirement(sidetable_session: Session, sidetable_requirement: Requirement) -> None:
    """Passes if the target does what one requirement asks."""
    result = sidetable_session.judge(sidetable_requirement)
    if result.verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_TESTABLE):
        pytest.skip(f"{result.verdict}: {result.message}")
    if result.verdict is Verdict.ERROR:
        pytest.fail(f"fault of the kit: {result.message}", pytrace=False)
    if result.verdict in (Verdict.VACUOUS, Verdict.BLOCKED):
        pytest.fail(f"{result.verdict}: {result.message}", pytrace=False)
    if result.verdict is Verdict.FAIL:
        head = f"{result.id}  {result.requirement.level}"
        lines = failure_lines(result, sidetable_session.edition)
        pytest.fail("\n    ".join([head, *lines]), pytrace=False)
