"""The part of the pytest plugin that is loaded only where a target was named."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final, final

import pytest

from sidetable_conformance.errors import TargetError
from sidetable_conformance.running.session import Session

PACKAGE: Final = Path(__file__).parent.parent
SUITE: Final = PACKAGE / "suite.py"
SESSION: Final = pytest.StashKey[Session]()


def pytest_report_header(config: pytest.Config) -> str:
    """Says what is judged, at the top of the output."""
    target, edition, profile = _asked(config)
    return f"sidetable: {target}, edition {edition}, profile {profile}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Opens the target, or ends the run with a usage error that says what is wrong with it."""
    config = session.config
    target, edition, profile = _asked(config)
    # A project's own code is where pytest was started; `python -m` makes that importable too.
    here = str(config.invocation_params.dir)
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        config.stash[SESSION] = Session(target, edition=edition, profile=profile)
    except (TargetError, ValueError) as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Collects the suite, whatever a project calls its test files, and nothing beside it."""
    collected = yield
    if file_path == SUITE:
        # pytest leaves the types of its own constructor open.
        return [Suite.from_parent(parent, path=file_path)]  # pyright: ignore[reportUnknownMemberType]
    if file_path.is_relative_to(PACKAGE):
        return []
    return collected


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes one test of each requirement, named by its id."""
    if "sidetable_requirement" in metafunc.fixturenames:
        rows = metafunc.config.stash[SESSION].requirements
        metafunc.parametrize(
            "sidetable_requirement",
            [pytest.param(row, marks=pytest.mark.sidetable(row.id, row.level)) for row in rows],
            ids=[row.id for row in rows],
        )


@pytest.fixture(scope="session")
def sidetable_session(pytestconfig: pytest.Config) -> Session:
    """The run against the target that was named on the command line."""
    return pytestconfig.stash[SESSION]


@final
class Suite(pytest.Module):
    """The suite's module, collected by its own name whatever a project calls its tests."""

    def funcnamefilter(self, name: str) -> bool:
        """Accepts the one test, whatever `python_functions` says."""
        return name == "test_requirement"


def _asked(config: pytest.Config) -> tuple[str, str, str]:
    target, edition, profile = (
        str(config.getoption(f"sidetable_{what}")) for what in ("target", "edition", "profile")
    )
    return target, edition, profile
