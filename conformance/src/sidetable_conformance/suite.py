"""The requirements as tests: what `pytest --pyargs sidetable_conformance` collects.

There is one test, and a parameter for each requirement, so that nothing can be left out by not
being subclassed, and `-k` selects by id. Ids are those of the requirements, and never depend on
where this file is.

A project can also import it into a test file of its own, and say there what is judged:

    from sidetable_conformance.suite import *

    @pytest.fixture
    def sidetable_target():
        return MyTable
"""

from __future__ import annotations

from collections.abc import Callable

from sidetable_conformance.spec import Requirement

__all__ = ["test_requirement"]


def test_requirement(
    sidetable_judge: Callable[[Requirement], None], sidetable_requirement: Requirement
) -> None:
    """Pass if the target does what one requirement asks."""
    sidetable_judge(sidetable_requirement)
