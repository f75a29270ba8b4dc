"""`sidetable-conformance list`: prints what is asked."""

from __future__ import annotations

import argparse

from sidetable_conformance.reports.terminal import show_requirements
from sidetable_conformance.spec.listing import requirements

from .arguments import Commands, add_command, add_edition, console
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


def execute(asked: argparse.Namespace) -> int:
    """Prints the requirements, and returns the exit status."""
    listed = [row for row in requirements() if asked.edition in row.editions]
    show_requirements(listed, asked.edition, console())
    return CONFORMANT
