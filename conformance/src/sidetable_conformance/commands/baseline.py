"""`sidetable-conformance baseline`: makes the file of known failures."""

from __future__ import annotations

import argparse
from pathlib import Path

from sidetable_conformance.known.failures import KnownFailures
from sidetable_conformance.known.reading import has_no_reason, read_known
from sidetable_conformance.known.writing import baseline, write_known

from .arguments import (
    Commands,
    add_capabilities,
    add_command,
    add_edition,
    add_profile,
    add_target,
    console,
)
from .files import read_text, write_text
from .judging import judge
from .statuses import CONFORMANT, KIT_FAULT


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "baseline",
        execute,
        "list what fails now as known failures",
        "Judges a target, and lists what fails as known failures, in the form that `run --known`\n"
        "reads. Each needs a reason, which has to be written by somebody.",
    )
    parser.epilog = "exit status: 0; 2 as everywhere; 4 if a check went wrong"
    add_target(parser)
    add_edition(parser)
    add_profile(parser)
    add_capabilities(parser)
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="write the list there; reasons that the file has are kept",
    )


def execute(asked: argparse.Namespace) -> int:
    """Makes the list, and returns the exit status.

    Raises:
        TargetError: If the target can not be used.
        InputError: If the file can not be read or written.
    """
    known = KnownFailures()
    if asked.write is not None and asked.write.exists():
        known = read_known(read_text(asked.write), str(asked.write), unfinished=True)
    report = judge(
        asked.target,
        edition=asked.edition,
        profile=asked.profile,
        capabilities=asked.capabilities,
    )
    made = baseline(report, known)
    text = write_known(made)
    if asked.write is None:
        console().print(text, markup=False, soft_wrap=True, end="")
    else:
        write_text(asked.write, text)
        todo = sum(has_no_reason(entry) for entry in made.entries)
        said = f"{asked.write}: {len(made.entries)} known failures, {todo} without a reason yet"
        console().print(said, markup=False, soft_wrap=True)
    return KIT_FAULT if report.errors else CONFORMANT
