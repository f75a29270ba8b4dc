"""`sidetable-conformance run`: judges a target."""

from __future__ import annotations

import argparse
from pathlib import Path

from sidetable_conformance.bench.budget import BUDGETS
from sidetable_conformance.errors import InputError
from sidetable_conformance.known.failures import KnownFailures
from sidetable_conformance.known.reading import read_known
from sidetable_conformance.reports.terminal import show_report
from sidetable_conformance.spec.listing import requirements
from sidetable_conformance.verdicts.report import Report
from sidetable_conformance.verdicts.result import Verdict

from .arguments import (
    Commands,
    add_capabilities,
    add_command,
    add_edition,
    add_profile,
    add_target,
    complain,
    console,
)
from .files import read_text
from .judging import judge
from .outputs import add_outputs, check_outputs, write_outputs
from .statuses import CONFORMANT, FAILED, KIT_FAULT, STALE


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "run",
        execute,
        "judge a target",
        "Judges a target by every requirement of a profile, in one edition.",
    )
    add_target(parser)
    add_edition(parser)
    add_profile(parser)
    add_capabilities(parser)
    parser.add_argument(
        "--strict", action="store_true", help="what can not be tested here counts as failed"
    )
    parser.add_argument(
        "--budget",
        choices=BUDGETS,
        default="normal",
        help="how much the state machine and the schedules of threads try; default: normal",
    )
    parser.add_argument(
        "--known", type=Path, metavar="FILE", help="the file of known failures (see `baseline`)"
    )
    add_outputs(parser)


def execute(asked: argparse.Namespace) -> int:
    """Judges the target, shows the report, and returns the exit status.

    Raises:
        TargetError: If the target can not be used.
        InputError: If a file can not be read or written, or needs what is not installed.
    """
    check_outputs(asked)
    known = KnownFailures()
    if asked.known is not None:
        known = read_known(read_text(asked.known), str(asked.known))
    found = judge(
        asked.target,
        edition=asked.edition,
        profile=asked.profile,
        strict=asked.strict,
        capabilities=asked.capabilities,
        budget=asked.budget,
    )
    report = known.applied(found)
    saved = "" if asked.json is None else str(asked.json)
    show_report(report, console(), saved=saved, rules=asked.rules)
    write_outputs(report, asked)
    stale = known.stale(report, {row.id for row in requirements()})
    for sentence in stale:
        complain(InputError(str(asked.known), f"it is out of date: {sentence}"), STALE)
    return STALE if stale else status_of(report)


def status_of(report: Report) -> int:
    """Returns the exit status that a report asks for."""
    if report.conformant or report.as_known:
        return CONFORMANT
    red = {row.verdict for row in report.results if report.counts(row) and not row.known}
    # What the kit's own fault blocks is not the target's either.
    return KIT_FAULT if Verdict.ERROR in red <= {Verdict.ERROR, Verdict.BLOCKED} else FAILED
