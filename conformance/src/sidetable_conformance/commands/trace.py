"""`sidetable-conformance trace`: traces every id to what real runs said of it."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.text import Text

from sidetable_conformance.spec.listing import listing
from sidetable_conformance.spec.traceability import State, Traced, trace

from .arguments import Commands, add_command, console
from .files import report_in, write_text
from .statuses import CONFORMANT, KIT_FAULT

STYLES: Final = {
    State.TESTED: "green",
    State.EXCLUDED: "dim",
    State.RESERVED: "dim",
    State.RETIRED: "dim",
    State.UNTESTED: "bold red",
    State.UNEXPECTED: "bold red",
}


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "trace",
        execute,
        "trace every requirement to the runs that tested it",
        "Prints what became of every id in the reports of real runs: tested, with its verdicts;"
        " excluded, with the reason; or reserved. A requirement that is none of these, or a result"
        " of something that is no requirement, is a fault of the kit.",
    )
    parser.add_argument(
        "reports", type=Path, nargs="+", metavar="REPORT", help="what `run --json REPORT` wrote"
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also write the table there, in Markdown"
    )


def execute(asked: argparse.Namespace) -> int:
    """Prints the table, and returns the exit status."""
    verdicts: defaultdict[str, set[str]] = defaultdict(set)
    for path in asked.reports:
        for result in report_in(path).results:
            verdicts[result.id].add(result.verdict.value)
    rows = trace(listing(), verdicts)
    _show(rows)
    if asked.markdown is not None:
        write_text(asked.markdown, _markdown(rows))
    return KIT_FAULT if any(row.wrong for row in rows) else CONFORMANT


def _show(rows: tuple[Traced, ...]) -> None:
    shown = console()
    wide, widest = max(len(row.id) for row in rows), max(map(len, State))
    for row in rows:
        line = Text(f"{row.id:{wide}}  ")
        line.append(f"{row.state:{widest}}", style=STYLES[row.state])
        shown.print(line.append(f"  {row.detail}"), soft_wrap=True)
    counted = Counter(row.state for row in rows)
    summary = ", ".join(f"{counted[state]} {state}" for state in State if counted[state])
    shown.print()
    shown.print(Text(summary, style="bold"), soft_wrap=True)


def _markdown(rows: Iterable[Traced]) -> str:
    lines = ["| id | state | verdicts, or why there are none |", "|---|---|---|"]
    lines += [f"| {row.id} | {row.state} | {row.detail} |" for row in rows]
    return "\n".join(lines) + "\n"
