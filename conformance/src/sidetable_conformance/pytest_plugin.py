"""pytest as a front end of a run: loaded only where the kit is used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, final

import pytest

from sidetable_conformance.errors import InputError, TargetError
from sidetable_conformance.known import KnownFailures, read_known
from sidetable_conformance.output.terminal import failure_lines
from sidetable_conformance.output.wording import RULES_PAGE, not_asked, rules_address
from sidetable_conformance.results import Result, Verdict
from sidetable_conformance.rules import requirements
from sidetable_conformance.session import Session, explained
from sidetable_conformance.spec import EDITIONS, Requirement, capabilities_in, one_of, profiles_in
from sidetable_conformance.wiring import check_wiring

Judge: TypeAlias = Callable[[Requirement], None]
"""Judges a requirement, and skips or fails the test as the verdict asks."""

PACKAGE: Final = Path(__file__).parent
SUITE: Final = PACKAGE / "suite.py"

_NO_TARGET: Final = (
    "sidetable_conformance needs to know what to judge: define a fixture sidetable_target, use"
    " --sidetable-target, or set sidetable_target in pytest's settings"
)


# --- what was asked for ---------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked for.

    Attributes:
        target: What to judge, or None where a fixture says so.
        route: Where the target comes from, for the header.
        edition: The edition to judge it by.
        profile: The group of requirements.
        without: The powers that it is not meant to have.
        strict: Whether what cannot be tested here counts as failed.
        known: The known failures.
        rules: The address of the page of requirements, or "".
    """

    target: str | None
    route: str
    edition: str
    profile: str
    without: tuple[str, ...]
    strict: bool
    known: KnownFailures
    rules: str

    @classmethod
    def of(cls, config: pytest.Config) -> Asked:
        """Return what the options say, and for those that are not used, the settings.

        Raises:
            UsageError: If there is no such edition or profile, the file of known failures cannot
                be used, or the page of requirements has no address.
        """
        target = _either(config, "target")
        if config.getoption("sidetable_target"):
            route = "from --sidetable-target"
        elif target:
            route = "from the key sidetable_target"
        else:
            route = "from the fixture sidetable_target"
        try:
            return cls(
                target=str(target) if target else None,
                route=route,
                edition=one_of(EDITIONS, _either(config, "edition"), "edition"),
                profile=",".join(profiles_in(str(_either(config, "profile")))),
                without=capabilities_in(str(_either(config, "without"))),
                strict=bool(_either(config, "strict")),
                known=_known(config),
                rules=rules_address(str(_either(config, "rules") or RULES_PAGE)),
            )
        except ValueError as error:
            raise pytest.UsageError(str(error)) from error

    @property
    def header(self) -> str:
        """What is judged, in one line."""
        named = f"{self.target} {self.route}" if self.target else f"the target {self.route}"
        return f"sidetable: {named}, edition {self.edition}, profile {self.profile}"

    def open(self, target: object) -> Session:
        """Return a session for a target that is fit to be driven, and wired right.

        Raises:
            TargetError: If it is not.
        """
        session = Session(target, edition=self.edition, profile=self.profile, without=self.without)
        session.apart(partial(check_wiring, session.target, session.edition))
        return session


def _known(config: pytest.Config) -> KnownFailures:
    if option := config.getoption("sidetable_known"):
        path = config.invocation_params.dir / str(option)
    elif key := config.getini("sidetable_known"):
        path = (config.inipath or config.rootpath / "pytest.ini").parent / str(key)
    else:
        return KnownFailures()
    try:
        known = read_known(path.read_text(encoding="utf-8"), path.name)
    except (InputError, OSError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"known failures: {error}") from error
    ids = {row.id for row in requirements()}
    if unknown := sorted({entry.id for entry in known.entries} - ids):
        raise pytest.UsageError(f"{path.name}: there is no requirement {', '.join(unknown)}")
    return known


def _either(config: pytest.Config, what: str) -> object:
    option: object = config.getoption(f"sidetable_{what}")
    return config.getini(f"sidetable_{what}") if option is None else option


# --- how a test ends ------------------------------------------------------------------------------


def conclude(
    result: Result, edition: str, known: KnownFailures, *, strict: bool, rules: str = ""
) -> None:
    """End the running test as a verdict asks: return, skip it, or fail it."""
    said = f"{result.id}: {result.verdict}: {result.message}"
    if result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE) and known.listed(
        result.id, edition
    ):
        _fail(f"{result.id}: {result.verdict}: remove it from the file of known failures")
    if result.verdict is Verdict.PASS:
        return
    if result.verdict is Verdict.ERROR:
        _fail(f"{result.id}: the target was not judged: {result.message}")
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(said)
    if not result.scored:
        pytest.skip(f"{result.id}: not scored in {edition}, because it was added later: {said}")
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


# --- the hooks ------------------------------------------------------------------------------------


@final
class Front:
    """The hooks of one pytest run that judges a target, and the session it does so in."""

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
        """Make one test of each requirement, named by its id."""
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
        """Return what judges a requirement for one test."""
        return partial(self._judge, self._session_of(request), request.node)

    def pytest_report_header(self) -> str:
        """Say what is judged, at the top of the output."""
        return self._asked.header

    def pytest_sessionstart(self) -> None:
        """Open the target, or end the run with a usage error that says what is wrong with it."""
        # Only where a target was named: elsewhere these hooks are registered later than that.
        self._given = self._asked.target
        try:
            self._session = self._asked.open(self._given)
        except TargetError as error:
            raise pytest.UsageError(str(error)) from error

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say what is judged where that was not known at the top."""
        return [] if self._asked.target else [self._asked.header]

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Collect the suite, whatever a project calls its test files, and nothing beside it."""
        collected = yield
        if file_path == SUITE:
            # pytest leaves the types of its own constructor open.
            return [Suite.from_parent(parent, path=file_path)]  # pyright: ignore[reportUnknownMemberType]
        if file_path.is_relative_to(PACKAGE):
            return []
        return collected

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run in which every test was skipped, because it has shown nothing."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or reporter.getreports("deselected"):
            return
        came = {
            outcome
            for outcome in ("passed", "skipped")
            for report in reporter.getreports(outcome)
            if any(key == "sidetable" for key, _ in report.user_properties)
        }
        if came == {"skipped"} and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what was not asked, and which failures are known; neither turns a run red."""
        if self._session is not None:
            report = self._session.report(())
            if left_out := not_asked(report):
                terminalreporter.write_line(f"sidetable: {left_out}")
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
        """Accept the one test, whatever `python_functions` says."""
        return name == "test_requirement"


def _given_by_fixture(request: pytest.FixtureRequest) -> object:
    try:
        given: object = request.getfixturevalue("sidetable_target")
    except pytest.FixtureLookupError as error:
        if error.argname == "sidetable_target":
            pytest.fail(_NO_TARGET, pytrace=False)
        raise
    return given
