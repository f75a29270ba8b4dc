"""The command line: `sidetable-conformance run` and `sidetable-conformance list`."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from ._errors import KitError, TargetError
from ._report import Report
from ._requirement_list import requirements
from ._requirements import EDITIONS, OWN, PROFILES
from ._session import run
from ._terminal import show_report, show_requirements

CONFORMANT: Final = 0
FAILED: Final = 1
UNUSABLE: Final = 2
KIT_FAULT: Final = 4
"""The exit statuses. 3 is kept for a list of known failures that is out of date."""

_EPILOG: Final = """\
exit status:
  0  every MUST that applies passed
  1  a MUST failed
  2  the target can not be used, or the command line is wrong
  4  a check went wrong, which is a fault of the kit
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, and returns the exit status.

    Args:
        arguments: What stands after the program's name; by default, what the process was given.

    Returns:
        0 if the target is conformant, 1 if it is not, 2 if it can not be used, and 4 if the kit
        is at fault. A wrong command line ends the process with 2.

    Example:
        >>> main(["run", "json", "--edition", "2026.11"])
        2
    """
    asked = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        if asked.command == "list":
            listed = [row for row in requirements() if asked.edition in row.editions]
            show_requirements(listed, asked.edition, Console(highlight=False))
            return CONFORMANT
        return _run(asked.target, asked.edition, asked.profile, asked.json)
    except TargetError as error:
        return _complain(error, UNUSABLE)
    except KitError as error:
        return _complain(error, KIT_FAULT)


def _run(target: str, edition: str, profile: str, json_file: Path | None) -> int:
    _make_current_directory_importable()
    report = run(target, edition=edition, profile=profile)
    show_report(report, Console(highlight=False))
    if json_file is not None:
        try:
            json_file.write_text(report.to_json(), encoding="utf-8")
        except OSError as error:
            return _complain(error, UNUSABLE)
    return _status(report)


def _status(report: Report) -> int:
    if report.conformant:
        return CONFORMANT
    return FAILED if report.failed else KIT_FAULT


def _make_current_directory_importable() -> None:
    # As `python -m` does, and leaves out when it is told to.
    here = str(Path.cwd())
    if not sys.flags.safe_path and here not in sys.path:
        sys.path.insert(0, here)


def _complain(error: Exception, status: int) -> int:
    Console(stderr=True, highlight=False, markup=False).print(f"error: {error}", soft_wrap=True)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sidetable-conformance",
        description="Judges an implementation of the side table by written requirements.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    judge = commands.add_parser(
        "run",
        help="judge a target",
        description="Judges a target by every requirement of a profile, in one edition.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    judge.add_argument("target", metavar="MODULE[:ATTRIBUTE]", help="a module, object or factory")
    judge.add_argument("--profile", choices=PROFILES, default="core", help="default: core")
    judge.add_argument("--json", type=Path, metavar="FILE", help="also write the report there")
    show = commands.add_parser("list", help="print the requirements")
    for command in (judge, show):
        command.add_argument("--edition", choices=EDITIONS, default=OWN, help=f"default: {OWN}")
    return parser
