"""The part of the pytest plugin that is loaded only where the kit is used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, final

import pytest

from sidetable_conformance.errors import TargetError
from sidetable_conformance.running.exploring import explained
from sidetable_conformance.running.session import Session
from sidetable_conformance.spec.listing import requirements
from sidetable_conformance.spec.requirement import Requirement, profiles_in

from .asked import Asked
from .outcomes import conclude

Judge: TypeAlias = Callable[[Requirement], None]
"""Judges a requirement, and skips or fails the test as the verdict asks."""

PACKAGE: Final = Path(__file__).parent.parent
SUITE: Final = PACKAGE / "suite.py"

_NO_TARGET: Final = (
    "sidetable_conformance needs to know what to judge: define a fixture sidetable_target, or"
    " name it by --sidetable-target or the key sidetable_target"
)


@final
class Front:
    """The hooks of one pytest run that judges a target, and the session it does so in.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._asked: Final = Asked.of(config)
        # What a fixture returns may be another object for each test.
        self._given: object = None
        self._session: Session | None = None
        # A project's own code is where pytest was started; `python -m` makes that importable too.
        here = str(config.invocation_params.dir)
        if here not in sys.path:
            sys.path.insert(0, here)

    def parametrize(self, metafunc: pytest.Metafunc) -> None:
        """Makes one test of each requirement, named by its id."""
        rows = [
            row
            for row in requirements()
            if row.profile in profiles_in(self._asked.profile)
            and self._asked.edition in row.editions
        ]
        metafunc.parametrize(
            "sidetable_requirement",
            [pytest.param(row, marks=pytest.mark.sidetable(row.id, row.level)) for row in rows],
            ids=[row.id for row in rows],
        )

    def judge_of(self, request: pytest.FixtureRequest) -> Judge:
        """Returns what judges a requirement for one test."""
        return partial(self._judge, self._session_of(request), request.node)

    def pytest_report_header(self) -> str:
        """Says what is judged, at the top of the output."""
        return self._asked.header

    def pytest_sessionstart(self) -> None:
        """Opens the target, or ends the run with a usage error that says what is wrong with it."""
        # Only where a target was named: elsewhere these hooks are registered later than that.
        self._given = self._asked.target
        try:
            self._session = self._asked.open(self._given)
        except TargetError as error:
            raise pytest.UsageError(str(error)) from error

    def pytest_report_collectionfinish(self) -> list[str]:
        """Says what is judged where that was not known at the top."""
        return [] if self._asked.target else [self._asked.header]

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Collects the suite, whatever a project calls its test files, and nothing beside it."""
        collected = yield
        if file_path == SUITE:
            # pytest leaves the types of its own constructor open.
            return [Suite.from_parent(parent, path=file_path)]  # pyright: ignore[reportUnknownMemberType]
        if file_path.is_relative_to(PACKAGE):
            return []
        return collected

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says what nothing red says: notices, and that known failures are not conformant."""
        notices = () if self._session is None else self._session.target.claims.notices
        for notice in notices:
            terminalreporter.write_line(f"sidetable: notice: {notice}")
        known = [
            str(value)
            for report in terminalreporter.getreports("xfailed")
            for key, value in report.user_properties
            if key == "sidetable"
        ]
        if known:
            failures = "1 known failure" if len(known) == 1 else f"{len(known)} known failures"
            line = f"sidetable: not conformant: {failures}: {', '.join(sorted(known))}"
            terminalreporter.write_line(line)

    def _session_of(self, request: pytest.FixtureRequest) -> Session:
        given = self._asked.target or _given_by_fixture(request)
        if self._session is None or given is not self._given:
            try:
                self._session = self._asked.open(given)
            except TargetError as error:
                pytest.fail(str(error), pytrace=False)
            self._given = given
        return self._session

    def _judge(self, session: Session, item: pytest.Item, requirement: Requirement) -> None:
        item.user_properties.append(("sidetable", requirement.id))
        result = explained(session, session.judge(requirement))
        marked = self._asked.known.marked(result, session.edition, session.blockers)
        conclude(
            marked,
            session.edition,
            self._asked.known,
            strict=self._asked.strict,
            rules=self._asked.rules,
        )


@final
class Suite(pytest.Module):
    """The suite's module, collected by its own name whatever a project calls its tests."""

    def funcnamefilter(self, name: str) -> bool:
        """Accepts the one test, whatever `python_functions` says."""
        return name == "test_requirement"


def _given_by_fixture(request: pytest.FixtureRequest) -> object:
    try:
        given: object = request.getfixturevalue("sidetable_target")
    except pytest.FixtureLookupError as error:
        if error.argname == "sidetable_target":
            pytest.fail(_NO_TARGET, pytrace=False)
        raise
    return given
