"""`sidetable-conformance diff`: compares two reports, or two targets."""

from __future__ import annotations

import argparse
from pathlib import Path

from sidetable_conformance.reports.comparison import differences
from sidetable_conformance.reports.terminal import print_lines, show_rows
from sidetable_conformance.verdicts.report import Report

from .arguments import Commands, add_command, add_edition, add_profile, console
from .files import report_in
from .judging import judge
from .statuses import CONFORMANT, FAILED


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "diff",
        execute,
        "compare two reports or two targets",
        "Lists the requirements of which two reports give different verdicts. A target is judged\n"
        "first, in the edition that is named here; a report has its own.",
    )
    parser.epilog = "exit status: 0 if all verdicts are the same, 1 if not, 2 as everywhere"
    for name in ("before", "after"):
        parser.add_argument(
            name, metavar=f"{name.upper()}", help="a file that `run --json` wrote, or a target"
        )
    add_edition(parser)
    add_profile(parser)


def execute(asked: argparse.Namespace) -> int:
    """Prints the differences, and returns the exit status.

    Raises:
        TargetError: If a target can not be used.
        InputError: If a report can not be used.
    """
    before, after = (_report(text, asked) for text in (asked.before, asked.after))
    found = differences(before, after)
    if not found:
        print_lines(console(), f"no difference: {len(after.results)} requirements")
        return CONFORMANT
    columns = ("requirement", *(f"{row.target} {row.edition}" for row in (before, after)))
    show_rows(columns, ((row.id, row.before, row.after) for row in found), console())
    print_lines(console(), "", f"different: {len(found)} of {len(after.results)} requirements")
    return FAILED


def _report(text: str, asked: argparse.Namespace) -> Report:
    path = Path(text)
    if path.suffix == ".json" or path.is_file():
        return report_in(path)
    return judge(text, edition=asked.edition, profile=asked.profile)
