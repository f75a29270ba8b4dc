"""A watch over a whole run of pytest: `pytest -p sidetable_conformance.live --live-target ...`."""

from __future__ import annotations

import shutil
from io import StringIO
from typing import Any, Final, final

import pytest
from rich.console import Console

from sidetable_conformance.errors import TargetError

from .watching import Watching

_KEY: Final = "sidetable_live"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("sidetable live", "judge what the tests get from a side table")
    group.addoption("--live-target", metavar="TARGET", help="MODULE or MODULE:ATTRIBUTE")
    group.addoption("--live-fail", action="store_true", help="fail the run if anything is found")
    group.addoption("--live-html", metavar="FILE", help="write what is found as a page")
    group.addoption("--live-json", metavar="FILE", help="write what is found as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch, before any test is imported."""
    target: str | None = config.getoption("live_target")
    if target is None:
        raise pytest.UsageError("-p sidetable_conformance.live needs --live-target")
    try:
        watching = Watching(target).__enter__()
    except TargetError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(_Run(config, watching), _KEY)


@final
class _Run:
    """One process of a run: what it watches, and what its workers have found."""

    def __init__(self, config: pytest.Config, watching: Watching) -> None:
        self._config: Final = config
        self._watching: Final = watching

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # of pytest-xdist, which has no types
        """Add what a worker has found."""
        output: dict[str, bytes] = getattr(node, "workeroutput", {})
        if found := output.get(_KEY):
            self._watching.receive(found)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop watching, write the files, and fail the run if that was asked for."""
        watching, config = self._watching, self._config
        watching.__exit__(None, None, None)
        output: dict[str, object] | None = getattr(config, "workeroutput", None)
        if output is not None:
            output[_KEY] = watching.send()
            return
        folder = config.invocation_params.dir
        if name := config.getoption("live_html"):
            watching.write_html(folder / str(name))
        if name := config.getoption("live_json"):
            (folder / str(name)).write_text(watching.to_json(), encoding="utf-8")
        is_bad = watching.findings or watching.faults
        if is_bad and config.getoption("live_fail") and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what was found."""
        text = StringIO()
        width = shutil.get_terminal_size().columns
        colours = terminalreporter.hasmarkup
        self._watching.show(Console(file=text, width=width, force_terminal=colours))
        terminalreporter.section("sidetable live")
        terminalreporter.write(text.getvalue())
