"""Shows reports, requirements and proofs to a person: coloured on a terminal, plain in a pipe.

What comes from outside (names, messages, texts of exceptions) is shown as text that can neither
style nor move anything.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import MappingProxyType, TracebackType
from typing import Final, Self, final

from rich import box
from rich.console import Console
from rich.live import Live
from rich.style import Style
from rich.table import Table
from rich.text import Text

from sidetable_conformance.kill_matrix import Catch, Strength
from sidetable_conformance.prove import Proof
from sidetable_conformance.results import Report, Result, Verdict
from sidetable_conformance.rule import fault_of
from sidetable_conformance.rules import RULES, path_of
from sidetable_conformance.spec import (
    EDITIONS,
    LEGEND,
    OWN,
    PROFILES,
    Excluded,
    Requirement,
    Retired,
    frozen_edition,
)

from .wording import (
    conclusion,
    explain,
    facts,
    followed,
    lines_of,
    replay,
    rule_address,
    shown,
    why,
)

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

_HEADING: Final = "bold cyan"

DIFFERENCES: Final = MappingProxyType(
    {"opposite": "opposite in the other edition", "stricter": f"stricter in {OWN}"}
)


def show_report(report: Report, console: Console, *, saved: str = "", rules: str = "") -> None:
    """Print a row for each requirement, a block for each that did not pass, and a last line."""
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
        if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.BLOCKED):
            print_lines(console, *_block(result, report.edition, saved, rules))
    print_lines(console, *_blocked(report), "", last_line(report))


def last_line(report: Report) -> Text:
    """Return the verdict on the whole, in one line."""
    colour = "green" if report.conformant else "yellow" if report.as_known else "red"
    return Text(conclusion(report), style=f"bold {colour}")


def failure_lines(
    result: Result, edition: str, saved: str = "", rules: str = ""
) -> tuple[str, ...]:
    """Return what a person needs to know of a requirement that did not pass, line by line.

    The id is not among it: it stands in the heading above.
    """
    said = [*why(result)]
    lines = enumerate(lines_of(result.script))
    said += [("shown by" if at == 0 else "", line) for at, line in lines]
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
    """Print what an edition asks, one requirement after the other."""
    for requirement in listed:
        head = Text(requirement.id, style="bold")
        head.append(f"  {requirement.level}", style="not bold cyan")
        if requirement.difference:
            head.append(f"  {DIFFERENCES[requirement.difference]}", style="not bold yellow")
        if requirement.capabilities:
            words = " and ".join(requirement.capabilities)
            head.append(f"  about {words}", style="not bold dim")
        print_lines(console, head, f"    {requirement.sentence(edition)}")


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], console: Console) -> None:
    """Print a table whose first column has ids, and whose others have verdicts."""
    styles = {verdict.value: style for verdict, style in STYLES.items()}
    table = new_table(*(shown(column) for column in columns))
    for id_, *verdicts in rows:
        table.add_row(Text(id_), *(Text(text, style=styles.get(text, "")) for text in verdicts))
    console.print(table)


def verdict_of(result: Result) -> Text:
    """Return a verdict in its colour, with what keeps it from counting."""
    text = Text(result.verdict, style=STYLES[result.verdict])
    if result.known:
        text.append(f"  {result.known}", style="not bold yellow")
    if not result.scored:
        text.append("  not scored", style="not bold dim")
    return text


def new_table(*columns: str) -> Table:
    """Return an empty table as all of them look here."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(column), no_wrap=True)
    return table


def ending_in(address: str, before: str) -> Text:
    """Return a line that ends in an address, which a terminal can follow."""
    line = Text(before)
    link = followed(address)
    return line.append(shown(address), Style(link=link) if link else None)


def print_lines(console: Console, *lines: Text | str) -> None:
    """Print lines that are never broken: a pipe gets them whole, a terminal breaks them itself."""
    for line in lines:
        console.print(Text(line) if isinstance(line, str) else line, soft_wrap=True)


def _blocked(report: Report) -> Iterator[Text | str]:
    """Yield a line for each root, with what it blocks: looking at that first is enough."""
    roots: defaultdict[str, list[str]] = defaultdict(list)
    for result in report.results:
        if result.verdict is Verdict.BLOCKED:
            roots[result.blocked_by].append(result.id)
    if roots:
        yield from ("", Text("blocked", style=STYLES[Verdict.BLOCKED]))
    yield from (f"    by {shown(root)}: {shown(', '.join(ids))}" for root, ids in roots.items())


def _block(result: Result, edition: str, saved: str, rules: str) -> tuple[Text | str, ...]:
    head = Text(f"{result.id}  {result.requirement.level}", style=STYLES[result.verdict])
    lines: list[Text | str]
    lines = [f"    {line}" for line in failure_lines(result, edition, saved, rules)]
    if rules:
        address = rule_address(rules, result.id)
        lines[-1] = ending_in(address, str(lines[-1]).removesuffix(shown(address)))
    return ("", head, *lines)


PATIENCE: Final = 1.0
"""How many seconds a run may take before anything is said."""


@final
class Waiting:
    """Shows, on a terminal and after a second, which requirement is being judged.

    A context manager; the line is gone when it ends. In a pipe it shows nothing. No thread is
    started, because a run looks at what is alive in the process.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock: Final = clock
        self._start: Final = clock()
        # The streams of the process are left as they are: they may be the target's as well.
        self._line: Final = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._line.stop()

    def show(self, requirement: Requirement) -> None:
        """Say that a requirement is judged now."""
        self._count += 1
        if self._clock() - self._start > PATIENCE:
            self._line.start()
            text = Text(f"judging {requirement.id}, number {self._count}", style="dim")
            self._line.update(text, refresh=True)


def show_proof(proof: Proof, console: Console) -> None:
    """Print a row for each requirement with faults to catch, what is wrong, and a last line."""
    faults: defaultdict[str, list[Catch]] = defaultdict(list)
    for catch in proof.catches:
        faults[catch.caught_by].append(catch)
    table = new_table("requirement", "faults", "caught", "points")
    for column in table.columns[1:]:
        column.justify = "right"
    for id_, points in proof.points:
        strength = Strength.of(faults[id_])
        style = "green" if strength.caught == strength.faults else "bold red"
        caught = Text(str(strength.caught), style=style)
        table.add_row(Text(id_), str(strength.faults), caught, str(len(points)))
    console.print(table)
    for finding in (*proof.findings, *proof.stale):
        console.print(Text(f"wrong: {finding}", style="bold red"), soft_wrap=True)
    console.print()
    console.print(proof_line(proof), soft_wrap=True)


def proof_line(proof: Proof) -> Text:
    """Return what was proved, in one line."""
    if proof.holds:
        return Text(f"proved: {proof.strength}", style="bold green")
    wrong = len(proof.findings) + len(proof.stale)
    return Text(f"not proved: {proof.strength}, and {wrong} wrong", style="bold red")


# --- what is known of one requirement -------------------------------------------------------------


def show_explanation(
    entry: Requirement | Excluded | Retired, editions: tuple[str, ...], console: Console, rules: str
) -> None:
    """Print everything that is known of one id."""
    if isinstance(entry, Requirement):
        print_lines(console, *_explained(entry, editions))
    else:
        print_lines(console, *_unchecked(entry))
    if address := rule_address(rules, entry.id):
        print_lines(console, "", ending_in(address, ""))


def _explained(row: Requirement, editions: tuple[str, ...]) -> Iterator[Text]:
    yield _head(row.id, row.level, f"profile {row.profile}", _status(row, editions))
    yield from _rule(row, editions)
    yield from _part("Why", row.why)
    yield from _part("Example", *row.example.rstrip().splitlines())
    yield Text(f"    {LEGEND}", style="dim")
    others = tuple(f"{edition}: " for edition in EDITIONS if edition not in editions)
    causes = [f"* {cause}" for cause in row.causes if not cause.startswith(others)]
    yield from _part("Likely causes of a failure", *causes)
    if row.capabilities:
        yield from _part("Capability", f"about {' and '.join(row.capabilities)}")
    if row.needs:
        needs = (f"all others of {it}" if it in PROFILES else it for it in row.needs)
        yield from _part("Needs", f"{', '.join(needs)}; if one of these fails, it is blocked")
    yield from _part("Faults that break it", *_faults(row, editions))
    yield from _part("Where it is", f"{path_of(row.id)} in the package sidetable_conformance")


def _unchecked(entry: Excluded | Retired) -> Iterator[Text]:
    if isinstance(entry, Retired):
        yield _head(entry.id, "retired", f"since {entry.since}")
        yield from _part("Why it is not asked", entry.reason)
        return
    yield _head(entry.id, "excluded")
    yield from _part("The rule", entry.text)
    yield from _part("Why it is not asked", entry.reason)


def _status(row: Requirement, editions: tuple[str, ...]) -> str:
    asking = [edition for edition in editions if edition in row.editions]
    if not asking:
        return f"not asked in {' or '.join(editions)}"
    early = [edition for edition in asking if row.id not in frozen_edition(edition)]
    if early:  # pragma: no cover  # tested in a changed copy of the kit
        return f"tested; not scored in {' or '.join(early)}, because it was added later"
    return f"tested in {' and '.join(asking)}"


def _rule(row: Requirement, editions: tuple[str, ...]) -> Iterator[Text]:
    if not row.difference:
        yield from _part("The rule", row.text)
        return
    width = max(map(len, editions))
    yield from _part("The rule", *(f"{name:{width}}  {row.sentence(name)}" for name in editions))
    yield Text(f"    {row.how_editions_differ}", style="yellow")


def _faults(row: Requirement, editions: tuple[str, ...]) -> Iterator[str]:
    for fault in RULES[row.id].faults:
        if here := [edition for edition in fault.editions if edition in editions]:
            only = "" if len(fault.editions) == len(EDITIONS) else f" ({here[0]} only)"
            yield f"* {fault.__name__}{only}: {fault_of(fault)}"


def _head(id_: str, *facts: str) -> Text:
    return Text(id_, style="bold").append(f"  {'; '.join(facts)}", style="not bold")


def _part(heading: str, *lines: str) -> Iterator[Text]:
    if any(lines):
        yield Text()
        yield Text(heading, style=_HEADING)
        yield from (Text(f"    {line}") for line in lines)
