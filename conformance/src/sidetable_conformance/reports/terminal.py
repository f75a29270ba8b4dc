"""Shows reports and requirements to a person: coloured on a terminal, plain in a pipe.

What comes from outside (names, messages, texts of exceptions) is shown as text that can neither
style nor move anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

from rich import box
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from sidetable_conformance.spec.requirement import OWN, Requirement
from sidetable_conformance.verdicts.report import Report
from sidetable_conformance.verdicts.result import Result, Verdict

from .rules import followed, rule_address
from .wording import conclusion, explain, facts, replay, shown, why

STYLES: Final = MappingProxyType(
    {
        Verdict.PASS: "green",
        Verdict.FAIL: "bold red",
        Verdict.VACUOUS: "bold red",
        Verdict.BLOCKED: "yellow",
        Verdict.NOT_TESTABLE: "bold yellow",
        Verdict.NOT_APPLICABLE: "dim",
        Verdict.ERROR: "bold magenta",
    }
)

DIFFERENCES: Final = MappingProxyType(
    {
        "opposite": "opposite in the other edition",
        "stricter": f"stricter in {OWN}",
    }
)


def show_report(report: Report, console: Console, *, saved: str = "", rules: str = "") -> None:
    """Prints a row for each requirement, a block for each that did not pass, and a last line.

    Args:
        report: What a run found.
        console: Where to.
        saved: The file that has the report as JSON, from which a failure can be shown again.
        rules: The address of the page of requirements, or "": what did not pass says where its rule
            is, and a terminal can follow it.
    """
    head = Text(shown(report.target), style="bold")
    head.append(f"  edition {report.edition}  profile {report.profile}", style="not bold")
    print_lines(console, "", head)
    for name, text in facts(report):
        print_lines(console, Text(f"  {name:<15} {text}", style="dim"))
    print_lines(console, "")
    table = new_table("requirement", "level", "verdict")
    for result in report.results:
        table.add_row(Text(result.id), Text(result.requirement.level), verdict_of(result))
    console.print(table)
    for result in report.results:
        if result.verdict is not Verdict.PASS:
            print_lines(console, *_block(result, report.edition, saved, rules))
    print_lines(console, "", last_line(report))


def last_line(report: Report) -> Text:
    """Returns the verdict on the whole, in one line.

    Example:
        >>> last_line(Report("mine", "2026.11", "core", ())).plain
        'conformant: 0 of 0 requirements pass'
    """
    colour = "green" if report.conformant else "yellow" if report.as_known else "red"
    return Text(conclusion(report), style=f"bold {colour}")


def failure_lines(
    result: Result, edition: str, saved: str = "", rules: str = ""
) -> tuple[str, ...]:
    """Returns what a person needs to know of a requirement that did not pass, line by line.

    The id is not among it: it stands in the heading above.

    Args:
        result: What came of the requirement.
        edition: The edition in whose words it is quoted.
        saved: The file that has the report as JSON, or "".
        rules: The address of the page of requirements, or "": the last line says where the rule is.
    """
    said = [*why(result)]
    said += [(f"step {number}", shown(step)) for number, step in enumerate(result.trace, start=1)]
    if command := replay(result, saved):
        said.append(("replay", command))
    if result.red:
        said.append(("explain", explain(result)))
    if rules:
        said.append(("rule", shown(rule_address(rules, result.id))))
    width = max((len(name) for name, _ in said), default=0)
    return (
        shown(result.requirement.sentence(edition)),
        *(f"{name:<{max(width, 8)}}  {text}" for name, text in said),
    )


def show_requirements(listed: Iterable[Requirement], edition: str, console: Console) -> None:
    """Prints what an edition asks, one requirement after the other."""
    for requirement in listed:
        head = Text(requirement.id, style="bold")
        head.append(f"  {requirement.level}", style="not bold cyan")
        if requirement.difference:
            head.append(f"  {DIFFERENCES[requirement.difference]}", style="not bold yellow")
        if requirement.capabilities:
            words = " and ".join(requirement.capabilities)
            head.append(f"  asked of targets with {words}", style="not bold dim")
        print_lines(console, head, f"    {requirement.sentence(edition)}")


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], console: Console) -> None:
    """Prints a table whose first column has ids, and whose others have verdicts.

    Args:
        columns: What stands above them.
        rows: Their texts; a verdict has its colour.
        console: Where to.
    """
    styles = {verdict.value: style for verdict, style in STYLES.items()}
    table = new_table(*(shown(column) for column in columns))
    for id_, *verdicts in rows:
        table.add_row(Text(id_), *(Text(text, style=styles.get(text, "")) for text in verdicts))
    console.print(table)


def verdict_of(result: Result) -> Text:
    """Returns a verdict in its colour, with what keeps it from counting."""
    text = Text(result.verdict, style=STYLES[result.verdict])
    if result.known:
        text.append(f"  {result.known}", style="not bold yellow")
    if not result.scored:
        text.append("  not scored", style="not bold dim")
    return text


def new_table(*columns: str) -> Table:
    """Returns an empty table as all of them look here."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(column), no_wrap=True)
    return table


def ending_in(address: str, before: str) -> Text:
    """Returns a line that ends in an address, which a terminal can follow.

    Example:
        >>> line = ending_in("https://example.org/rules#store.failure", "rule  ")
        >>> line.plain
        'rule  https://example.org/rules#store.failure'
    """
    line = Text(before)
    link = followed(address)
    return line.append(shown(address), Style(link=link) if link else None)


def print_lines(console: Console, *lines: Text | str) -> None:
    """Prints lines that are never broken: a pipe gets them whole, a terminal breaks them itself."""
    for line in lines:
        console.print(Text(line) if isinstance(line, str) else line, soft_wrap=True)


def _block(result: Result, edition: str, saved: str, rules: str) -> tuple[Text | str, ...]:
    head = Text(f"{result.id}  {result.requirement.level}", style=STYLES[result.verdict])
    lines: list[Text | str]
    lines = [f"    {line}" for line in failure_lines(result, edition, saved, rules)]
    if rules:
        address = rule_address(rules, result.id)
        lines[-1] = ending_in(address, str(lines[-1]).removesuffix(shown(address)))
    return ("", head, *lines)
