"""`sidetable-conformance replay`: runs the script of a failure, in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

from sidetable_conformance.errors import InputError
from sidetable_conformance.reports.terminal import print_lines
from sidetable_conformance.reports.wording import shown

from .arguments import Commands, add_command, console
from .files import read_text, report_in
from .statuses import CONFORMANT, FAILED, UNUSABLE

# A script that shows its failure ends with a text, which is status 1. An exception that it did not
# expect is status 1 as well, and would look like the failure.
_RUNNER: Final = """\
import sys, traceback
try:
    exec(compile(sys.stdin.buffer.read(), sys.argv[1], "exec"), {"__name__": "__main__"})
except Exception:
    traceback.print_exc()
    sys.exit(2)
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "replay",
        execute,
        "show a failure again",
        "Runs the script that shows a failure: a file, or the one that a report has for an id.",
    )
    parser.epilog = "exit status: 0 if the failure is gone, 1 if it shows, 2 if nothing can be said"
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a script, or what `run --json FILE` wrote"
    )
    parser.add_argument("id", metavar="ID", nargs="?", help="of a report, whose script to run")


def execute(asked: argparse.Namespace) -> int:
    """Runs the script, shows what it said, and returns the exit status.

    Raises:
        InputError: If there is no script to run.
    """
    script = read_text(asked.file) if asked.id is None else _script_in(asked.file, asked.id)
    python = [sys.executable, *(["-P"] if sys.flags.safe_path else [])]
    ended = subprocess.run(  # noqa: S603  # the caller asked for this very script
        [*python, "-c", _RUNNER, str(asked.file)],
        input=script.encode(),
        capture_output=True,
        check=False,
    )
    said = (ended.stdout + ended.stderr).decode(errors="backslashreplace")
    print_lines(console(), *map(shown, said.splitlines()))
    match ended.returncode:
        case 0:
            print_lines(console(), "the failure does not show")
            return CONFORMANT
        case 1:
            print_lines(console(), "the failure shows")
            return FAILED
        case _:
            print_lines(console(), "the script could not be run to its end")
            return UNUSABLE


def _script_in(path: Path, id_: str) -> str:
    results = {result.id: result for result in report_in(path).results}
    if id_ not in results:
        raise InputError(str(path), f"it has no result for {shown(id_)}")
    if not results[id_].script:
        raise InputError(str(path), f"its result for {shown(id_)} has no script")
    return results[id_].script
