"""`sidetable-conformance matrix`: puts several reports side by side."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sidetable_conformance.reports.comparison import matrix
from sidetable_conformance.reports.markdown import code, link, table_lines
from sidetable_conformance.reports.rules import rule_address
from sidetable_conformance.reports.terminal import show_rows
from sidetable_conformance.reports.wording import SIGNS

from .arguments import Commands, add_command, add_rules, console
from .files import report_in, write_text
from .statuses import CONFORMANT

_SIGNS: Final = MappingProxyType({verdict.value: sign for verdict, sign in SIGNS.items()})


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "matrix",
        execute,
        "put several reports side by side",
        "Prints a row for each requirement, with what each of several reports says of it.",
    )
    parser.epilog = "exit status: 0; 2 if a report can not be used"
    parser.add_argument(
        "reports", type=Path, nargs="+", metavar="REPORT", help="what `run --json REPORT` wrote"
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also write the table there, as Markdown"
    )
    add_rules(parser, "--markdown links each id to its rule")


def execute(asked: argparse.Namespace) -> int:
    """Prints the table, and returns the exit status.

    Raises:
        InputError: If a report can not be used, or the table can not be written.
    """
    columns, rows = matrix([report_in(path) for path in asked.reports])
    show_rows(columns, rows, console())
    if asked.markdown is not None:
        head = [columns[0], *(code(name) for name in columns[1:])]
        score, *others = rows
        cells = [["", *(code(text) for text in score[1:])]]
        cells += [
            [link(code(id_), rule_address(asked.rules, id_)), *map(_cell, verdicts)]
            for id_, *verdicts in others
        ]
        write_text(asked.markdown, "\n".join(table_lines(head, cells)) + "\n")
    return CONFORMANT


def _cell(verdict: str) -> str:
    return f"{_SIGNS[verdict]} {verdict}" if verdict in _SIGNS else verdict
