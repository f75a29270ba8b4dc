"""Shows the kill matrix: a summary on a terminal, and a page with every fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sidetable_conformance.mutants import MUTANTS, Catch, Strength
from sidetable_conformance.proving.proof import Proof
from sidetable_conformance.spec.listing import requirements

from .markdown import table_lines

PAGE: Final = "requirements.md"
"""The page of the requirements, which lies beside that of the matrix."""

INTRODUCTION: Final = """\
# Kill matrix

<!-- Written by `sidetable-conformance prove --markdown FILE`; change the mutants instead. -->

The kit has {mutants} small faulty implementations. Each is a correct side table with one fault,
planted in one step, and names the requirement that has to turn red. Most are faults in both
editions, which makes {faults} faults. **{strength}.**

`sidetable-conformance prove` judges every one of them by every requirement. It fails unless each
is caught by the requirement that it names, through the assertion that the fault is about, and
turns no other requirement red than those listed here; and unless every assertion of every check
catches something.

*Through* is that assertion: the kind of fact that it requires, and its rank among those of its
kind in the check. `called get` says that an operation raised where it had to return. *Also red*
are requirements that the same fault breaks too, when each is judged alone; one whose check sees
nothing of what it is about, because of the fault, is red as well.
"""


def show_proof(proof: Proof, console: Console) -> None:
    """Prints a row for each requirement with faults to catch, what is wrong, and a last line."""
    faults: defaultdict[str, list[Catch]] = defaultdict(list)
    for catch in proof.catches:
        faults[catch.caught_by].append(catch)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    for column in ("requirement", "faults", "caught", "points"):
        table.add_column(column, no_wrap=True, justify="left" if column[0] == "r" else "right")
    for id_, points in proof.points:
        if id_ not in faults:
            continue
        strength = Strength.of(faults[id_])
        style = "green" if strength.caught == strength.faults else "bold red"
        caught = Text(str(strength.caught), style=style)
        table.add_row(Text(id_), str(strength.faults), caught, str(len(points)))
    console.print(table)
    for finding in (*proof.findings, *proof.stale):
        console.print(Text(f"wrong: {finding}", style="bold red"), soft_wrap=True)
    console.print()
    console.print(last_line(proof), soft_wrap=True)


def last_line(proof: Proof) -> Text:
    """Returns what was proved, in one line.

    Example:
        >>> last_line(Proof((), (), (), ())).plain
        'proved: 0 of 0 faults caught'
    """
    if proof.holds:
        return Text(f"proved: {proof.strength}", style="bold green")
    wrong = len(proof.findings) + len(proof.stale)
    return Text(f"not proved: {proof.strength}, and {wrong} wrong", style="bold red")


def matrix_page(catches: Sequence[Catch]) -> str:
    """Returns the matrix as a page in Markdown, the same for the same matrix."""
    strength = Strength.of(catches)
    head = INTRODUCTION.format(mutants=strength.mutants, faults=strength.faults, strength=strength)
    return "\n".join([head, *_sections(catches)])


def _sections(catches: Iterable[Catch]) -> Iterator[str]:
    by_id: defaultdict[str, dict[str, list[Catch]]] = defaultdict(dict)
    for catch in catches:
        by_id[catch.caught_by].setdefault(catch.mutant, []).append(catch)
    faults = {mutant.__name__: mutant.fault() for mutant in MUTANTS}
    columns = ("fault", "mutant", "edition", "through", "also red")
    for requirement in requirements():
        rows = [
            (faults[name], f"`{name}`", *_cells(each))
            for name, each in by_id[requirement.id].items()
        ]
        yield f"## {requirement.id} {{#{requirement.id}}}\n"
        yield f"[What it asks]({PAGE}#{requirement.id})\n"
        yield "\n".join(table_lines(columns, rows)) + "\n"


def _cells(catches: Sequence[Catch]) -> tuple[str, str, str]:
    editions = "both" if len(catches) > 1 else catches[0].edition
    points = [catch.through for catch in catches]
    through = f"`{points[0]}`"
    if len(set(points)) > 1:
        through = ", ".join(f"`{catch.through}` in {catch.edition}" for catch in catches)
    also = dict.fromkeys(id_ for catch in catches for id_, _ in catch.also)
    return (editions, through, ", ".join(f"`{id_}`" for id_ in also))
