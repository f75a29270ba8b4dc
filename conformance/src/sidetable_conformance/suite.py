"""The requirements as tests: what `pytest --pyargs sidetable_conformance` collects.

There is one test, and a parameter for each requirement, so that nothing can be left out by not
being subclassed, and `-k` selects by id. Ids are those of the requirements, and never depend on
where this file is.
"""

from __future__ import annotations

import pytest

from ._report import Verdict
from ._requirements import Requirement
from ._session import Session
from ._terminal import failure_lines

__all__ = ["test_requirement"]


def test_requirement(sidetable_session: Session, sidetable_requirement: Requirement) -> None:
    """Passes if the target does what one requirement asks."""
    result = sidetable_session.judge(sidetable_requirement)
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(result.message)
    if result.verdict is Verdict.ERROR:
        pytest.fail(f"fault of the kit: {result.message}", pytrace=False)
    if result.verdict is Verdict.FAIL:
        head = f"{result.id}  {result.requirement.level}"
        lines = failure_lines(result, sidetable_session.edition)
        pytest.fail("\n    ".join([head, *lines]), pytrace=False)
