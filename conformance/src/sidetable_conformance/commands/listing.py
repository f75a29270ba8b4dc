"""`sidetable-conformance list`: prints what is asked."""

from __future__ import annotations

import argparse
from pathlib import Path

from sidetable_conformance.reports.behind import behind
from sidetable_conformance.reports.terminal import show_requirements
from sidetable_conformance.spec.listing import listing
from sidetable_conformance.spec.page import requirements_page

from .arguments import Commands, add_command, add_edition, console
from .files import write_text
from .statuses import CONFORMANT


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "list",
        execute,
        "print the requirements",
        "Prints what an edition asks, one requirement after the other.",
    )
    add_edition(parser)
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write them there instead, as a page, with what both editions ask and why",
    )


def execute(asked: argparse.Namespace) -> int:
    """Prints or writes the requirements, and returns the exit status."""
    listed = listing()
    if asked.markdown is None:
        rows = [row for row in listed.requirements if asked.edition in row.editions]
        show_requirements(rows, asked.edition, console())
        return CONFORMANT
    write_text(asked.markdown, requirements_page(listed, behind()))
    return CONFORMANT
