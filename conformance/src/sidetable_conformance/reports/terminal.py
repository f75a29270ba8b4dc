"""Shows reports and requirements to a person: coloured on a terminal, plain in a pipe.

What comes from outside (names, messages, texts of exceptions) is shown as text that can neither
style nor move anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sidetable_source.errors import printable

from sidetable_conformance.verdicts.report import Report, Result, Verdict
from sidetable_conformance.spec.requirement import OWN, Requirement

STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.VACUOUS: "bold red",
    Verdict.BLOCKED: "yellow",
    Verdict.NOT_TESTABLE: "bold yellow",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.ERROR: "bold magenta",
}

DIFFERENCES: Final = {
    "opposite": "opposite in the other edition",
    "stricter": f"stricter in {OWN}",
}

_LONGEST: Final = 2_000


def show_report(report: Report, console: Console) -> None:
    """Prints a row for each requirement, a block for each that did not pass, and a last line."""
    head = Text(printable(report.target), style="bold")
    head.append(f"  edition {report.edition}  profile {report.profile}", style="not bold")
    _print(console, "", head, "")
    table = _table("requirement", "level", "verdict")
    for result in report.results:
        verdict = Text(result.verdict, style=STYLES[result.verdict])
        table.add_row(Text(result.id), Text(result.requirement.level), verdict)
    console.print(table)
    for result in report.results:
        if result.message:
            _print(console, *_block(result, report.edition))
    _print(console, "", last_line(report))


def last_line(report: Report) -> Text:
    """Returns the verdict on the whole, in one line.

    Example:
        >>> last_line(Report("mine", "2026.11", "core", ())).plain
        'conformant: 0 of 0 requirements pass'
    """
    summary = report.summary
    text = f"{summary['pass']} of {len(report.results)} requirements pass"
    others = [
        f"{count} {verdict}" for verdict, count in summary.items() if count and verdict != "pass"
    ]
    if others:
        text += f" ({', '.join(others)})"
    if report.conformant:
        return Text(f"conformant: {text}", style="bold green")
    return Text(f"not conformant: {text}", style="bold red")


def failure_lines(result: Result, edition: str) -> tuple[str, ...]:
    """Returns what a person needs to know of a requirement that failed, line by line.

    The id is not among it: it stands in the heading above.
    """
    return (
        printable(result.requirement.sentence(edition), _LONGEST),
        f"when      {printable(result.when, _LONGEST)}",
        f"expected  {printable(result.expected, _LONGEST)}",
        f"seen      {printable(result.seen, _LONGEST)}",
    )


def show_requirements(listed: Iterable[Requirement], edition: str, console: Console) -> None:
    """Prints what an edition asks, one requirement after the other."""
    for requirement in listed:
        head = Text(requirement.id, style="bold")
        head.append(f"  {requirement.level}", style="not bold cyan")
        if requirement.difference:
            head.append(f"  {DIFFERENCES[requirement.difference]}", style="not bold yellow")
        if requirement.capability:
            head.append(f"  asked of targets with {requirement.capability}", style="not bold dim")
        _print(console, head, f"    {requirement.sentence(edition)}")


def _block(result: Result, edition: str) -> tuple[Text | str, ...]:
    head = Text(f"{result.id}  {result.requirement.level}", style=STYLES[result.verdict])
    if result.verdict is Verdict.FAIL:
        return ("", head, *(f"    {line}" for line in failure_lines(result, edition)))
    return ("", head, f"    {printable(result.message, _LONGEST)}")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _print(console: Console, *lines: Text | str) -> None:
    for line in lines:
        # A line is never broken here: a pipe gets it whole, and a terminal breaks it by itself.
        console.print(Text(line) if isinstance(line, str) else line, soft_wrap=True)
