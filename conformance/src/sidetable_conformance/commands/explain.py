"""`sidetable-conformance explain`: says everything that is known of one requirement."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from rich.console import Console
from rich.text import Text

from sidetable_conformance.errors import InputError
from sidetable_conformance.mutants import MUTANTS
from sidetable_conformance.reports.rules import rule_address
from sidetable_conformance.reports.terminal import ending_in, print_lines
from sidetable_conformance.spec.editions import frozen_edition
from sidetable_conformance.spec.examples import LEGEND
from sidetable_conformance.spec.listing import listing
from sidetable_conformance.spec.requirement import EDITIONS, Requirement
from sidetable_conformance.spec.unchecked import Excluded, Reserved, Retired

from .arguments import Commands, add_command, add_rules, console
from .statuses import CONFORMANT

_HEADING: Final = "bold cyan"


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "explain",
        execute,
        "explain one requirement",
        "Prints the rule in each edition, why it is asked, an example, what is likely to be wrong"
        " where it fails, and the faults by which its check was tried.",
    )
    parser.add_argument("id", metavar="ID", help="its id, such as store.failure")
    parser.add_argument("--edition", choices=EDITIONS, help="say nothing of the others")
    add_rules(parser, "the last line says where the rule is")


def execute(asked: argparse.Namespace) -> int:
    """Prints the explanation, and returns the exit status."""
    entries = {entry.id: entry for entry in listing().entries}
    entry = entries.get(asked.id)
    if entry is None:
        near = get_close_matches(str(asked.id), list(entries), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`list` prints every id"
        raise InputError(asked.id, f"it is no requirement's id; {hint}")
    editions = EDITIONS if asked.edition is None else (asked.edition,)
    lines = _explained(entry, editions) if isinstance(entry, Requirement) else _unchecked(entry)
    _print(console(), lines)
    if address := rule_address(asked.rules, entry.id):
        print_lines(console(), "", ending_in(address, ""))
    return CONFORMANT


def _explained(row: Requirement, editions: tuple[str, ...]) -> Iterator[Text]:
    yield _head(row.id, row.level, f"profile {row.profile}", _status(row, editions))
    yield from _rule(row, editions)
    yield from _part("Why", row.why)
    if row.example:
        yield from _part("Example", *row.example.rstrip().splitlines())
        yield Text(f"    {LEGEND}", style="dim")
    others = tuple(f"{edition}: " for edition in EDITIONS if edition not in editions)
    causes = [f"* {cause}" for cause in row.causes if not cause.startswith(others)]
    yield from _part("Likely causes where it fails", *causes)
    if row.capabilities:
        yield from _part("Capability", f"asked of targets with {' and '.join(row.capabilities)}")
    if row.needs:
        yield from _part("Needs", f"{', '.join(row.needs)}; where one is not kept, it is blocked")
    yield from _part("Faults that break it", *_faults(row, editions))


def _unchecked(entry: Excluded | Reserved | Retired) -> Iterator[Text]:
    if isinstance(entry, Retired):
        yield _head(entry.id, "retired", f"since {entry.since}")
        yield from _part("Why it is not asked", entry.reason)
        return
    reason = "It will be, once there is a check for it."
    if isinstance(entry, Excluded):
        yield _head(entry.id, "excluded")
        reason = entry.reason
    else:
        yield _head(entry.id, "reserved", f"profile {entry.profile}")
    yield from _part("The rule", entry.text)
    yield from _part("Why it is not asked", reason)


def _status(row: Requirement, editions: tuple[str, ...]) -> str:
    asking = [edition for edition in editions if edition in row.editions]
    if not asking:
        return f"not asked in {' or '.join(editions)}"
    if early := [edition for edition in asking if not frozen_edition(edition).scores(row)]:
        return f"tested; not scored in {' or '.join(early)}, to which it was added later"
    return f"tested in {' and '.join(asking)}"


def _rule(row: Requirement, editions: tuple[str, ...]) -> Iterator[Text]:
    if not row.difference:
        yield from _part("The rule", row.text)
        return
    width = max(map(len, editions))
    yield from _part("The rule", *(f"{name:{width}}  {row.sentence(name)}" for name in editions))
    yield Text(f"    {row.how_editions_differ}", style="yellow")


def _faults(row: Requirement, editions: tuple[str, ...]) -> Iterator[str]:
    for mutant in MUTANTS:
        here = [edition for edition in mutant.editions if edition in editions]
        if mutant.caught_by == row.id and here:
            only = "" if len(mutant.editions) == len(EDITIONS) else f" ({here[0]} only)"
            yield f"* {mutant.__name__}{only}: {mutant.fault()}"


def _head(id_: str, *facts: str) -> Text:
    return Text(id_, style="bold").append(f"  {'; '.join(facts)}", style="not bold")


def _part(heading: str, *lines: str) -> Iterator[Text]:
    if any(lines):
        yield Text()
        yield Text(heading, style=_HEADING)
        yield from (Text(f"    {line}") for line in lines)


def _print(console_: Console, lines: Iterator[Text]) -> None:
    for line in lines:
        console_.print(line, soft_wrap=True)
