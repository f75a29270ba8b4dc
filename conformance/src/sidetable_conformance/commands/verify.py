"""`sidetable-conformance verify`: runs a report's target again, and compares."""

from __future__ import annotations

import argparse
from pathlib import Path

from sidetable_conformance.errors import InputError
from sidetable_conformance.reports.comparison import differences
from sidetable_conformance.reports.terminal import print_lines
from sidetable_conformance.reports.wording import shown
from sidetable_conformance.spec.requirement import EDITIONS, profiles_in
from sidetable_conformance.verdicts.report import Report

from .arguments import Commands, add_command, console
from .files import report_in
from .judging import judge
from .statuses import CONFORMANT, FAILED


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "verify",
        execute,
        "run a report's target again and compare",
        "Judges the target of a report again, as it was judged then, and lists what is different.",
    )
    parser.epilog = "exit status: 0 if all is as the report says, 1 if not, 2 as everywhere"
    parser.add_argument(
        "report", type=Path, metavar="REPORT", help="what `run --json REPORT` wrote"
    )


def execute(asked: argparse.Namespace) -> int:
    """Prints what is different, and returns the exit status.

    Raises:
        TargetError: If the target can not be used.
        InputError: If the report can not be used.
    """
    before = report_in(asked.report)
    if before.edition not in EDITIONS or not _has(before.profile):
        asks = shown(f"{before.edition}, profile {before.profile}")
        raise InputError(str(asked.report), f"this kit does not have its edition {asks}")
    after = judge(
        before.target,
        edition=before.edition,
        profile=before.profile,
        strict=before.strict,
        capabilities=before.header.capabilities if before.header.kit else None,
    )
    found = differences(before, after, exact=True)
    lines = [f"{row.id}: {shown(row.before)} -> {shown(row.after)}" for row in found]
    print_lines(console(), *_notes(before, after), *lines)
    if found:
        print_lines(console(), f"different: {len(found)} of {len(after.results)} results")
        return FAILED
    print_lines(console(), f"the same: {len(after.results)} results")
    return CONFORMANT


def _notes(before: Report, after: Report) -> list[str]:
    now = after.header.rows()
    return [
        f"note: {name} was {shown(str(then))}, and is {shown(str(now[name]))}"
        for name, then in before.header.rows().items()
        if then != now[name] and name not in ("notices", "strength", "budget")
    ]


def _has(profile: str) -> bool:
    """Tells whether this kit has the profiles of a report."""
    try:
        return bool(profiles_in(profile))
    except ValueError:
        return False
