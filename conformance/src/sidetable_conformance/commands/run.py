"""`sidetable-conformance run`: judges a target."""

from __future__ import annotations

import argparse
from pathlib import Path

from sidetable_conformance.reports.terminal import show_report
from sidetable_conformance.running.session import run
from sidetable_conformance.verdicts.report import Report

from .arguments import (
    Commands,
    add_command,
    add_edition,
    add_profile,
    add_target,
    complain,
    console,
    make_current_directory_importable,
)
from .statuses import CONFORMANT, FAILED, KIT_FAULT, UNUSABLE


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
    parser.add_argument(
        "--strict", action="store_true", help="what can not be tested here counts as failed"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report there")


def execute(asked: argparse.Namespace) -> int:
    """Judges the target, shows the report, and returns the exit status."""
    make_current_directory_importable()
    report = run(
        asked.target, edition=asked.edition, profile=asked.profile, strict=asked.strict
    )
    show_report(report, console())
    if asked.json is not None:
        try:
            asked.json.write_text(report.to_json(), encoding="utf-8")
        except OSError as error:
            return complain(error, UNUSABLE)
    return status_of(report)


def status_of(report: Report) -> int:
    """Returns the exit status that a report asks for."""
    if report.conformant:
        return CONFORMANT
    return KIT_FAULT if report.errors and not report.failed else FAILED
