"""The command line: finds the command, runs it, and tells whose fault an error is."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence

from sidetable_conformance.errors import InputError, KitError, TargetError
from sidetable_conformance.reports.wording import PROGRAM
from sidetable_conformance.verdicts.header import kit_version

from . import baseline, diff, explain, listing, matrix, prove, replay, run, smoke, trace, verify
from .arguments import complain
from .statuses import KIT_FAULT, UNUSABLE


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, and returns the exit status.

    Args:
        arguments: What stands after the program's name; by default, what the process was given.

    Returns:
        0 if the target is conformant, 1 if it is not, 2 if it can not be used, 3 if the file of
        known failures is out of date, and 4 if the kit is at fault. A wrong command line ends the
        process with 2.

    Example:
        >>> main(["run", "json", "--edition", "2026.11"])
        2
    """
    asked = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status: int = asked.execute(asked)
    except (InputError, TargetError) as error:
        return complain(error, UNUSABLE)
    except KitError as error:
        return complain(error, KIT_FAULT)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Judges an implementation of the side table by written requirements.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {kit_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (
        run,
        listing,
        explain,
        trace,
        replay,
        smoke,
        prove,
        baseline,
        verify,
        diff,
        matrix,
    ):
        command.add(commands)
    return parser
