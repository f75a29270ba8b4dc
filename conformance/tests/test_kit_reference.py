"""The reference implementation is found conformant, and each edition tells it from the other."""

from __future__ import annotations

import importlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import Report, requirements, run

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]

OWN, DYNAMO = "2026.11", "dynamo-2.13"
TABLE, MODULE = "sidetable_core:SideTable", "sidetable_core.dynamo"
OPPOSITE = {row.id for row in requirements() if row.difference == "opposite"}


def verdicts(report: Report) -> set[str]:
    """Returns every verdict that occurs in a report."""
    return {result.verdict.value for result in report.results}


@pytest.mark.parametrize(("target", "edition"), [(TABLE, OWN), (MODULE, DYNAMO)])
def test_each_is_conformant_to_its_own_edition(target: str, edition: str) -> None:
    """Every requirement passes; none is excused. The process-wide table is empty afterwards."""
    report = run(target, edition=edition)
    assert report.failed == ()
    assert verdicts(report) == {"pass"}
    assert report.conformant
    dynamo = importlib.import_module(MODULE)
    assert not dynamo.has_user_objects()
    assert not dynamo.index_to_bytecode_constructor
    assert not dynamo.keep_alive


@pytest.mark.parametrize(("target", "edition"), [(TABLE, DYNAMO), (MODULE, OWN)])
def test_each_fails_in_the_other_on_exactly_the_opposite(target: str, edition: str) -> None:
    """What is stricter in one edition passes in both; what is opposite cannot."""
    report = run(target, edition=edition)
    assert set(report.failed) == OPPOSITE
    assert verdicts(report) == {"pass", "fail", "blocked"}


def test_the_module_in_use_is_refused_and_not_touched(python: Run, project: Path) -> None:
    """A process that has registered something gets status 2, and keeps what it has."""
    (project / "busy.py").write_text(
        "from sidetable_core import dynamo\n"
        "from sidetable_source import LocalSource\n"
        "value = {1}\n"
        "dynamo.register_user_object(value, LocalSource('value'))\n"
        "import sys\n"
        "from sidetable_conformance.cli import main\n"
        "status = main(['run', 'sidetable_core.dynamo', '--edition', 'dynamo-2.13'])\n"
        "assert dynamo.get_external_object_by_index(0) is value\n"
        "sys.exit(status)\n",
        encoding="utf-8",
    )
    done = python("busy.py")
    assert done.returncode == 2, done.stderr
    assert "it is in use, with 1 registered already" in done.stderr
