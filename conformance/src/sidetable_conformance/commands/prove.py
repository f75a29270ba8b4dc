"""`sidetable-conformance prove`: proves that the kit catches faults."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

import sidetable_conformance.mutants
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.mutants import MUTANTS, Catch, Mutant
from sidetable_conformance.mutants.matrix import MATRIX, matrix_text
from sidetable_conformance.proving.proof import Proof, prove
from sidetable_conformance.reports.kill_matrix import matrix_page, show_proof

from .arguments import Commands, add_command, complain, console
from .statuses import CONFORMANT, KIT_FAULT, UNUSABLE

LINES: Final = 10
"""How many lines of progress a pipe gets, at most."""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "prove",
        execute,
        "prove that the kit catches faults",
        "Judges every small faulty implementation of the kit by every requirement. Fails unless"
        " each is caught by the requirement that it breaks, through the assertion that it is"
        " about, and by no other than it lists.",
    )
    parser.add_argument(
        "mutants", nargs="*", type=_mutant, metavar="MUTANT", help="only these (default: all)"
    )
    parser.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many processes do it (default: one for each processor)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the proof there")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also write the matrix there, as a page"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="put the matrix into the kit's own file, if all else is right; in a checkout only",
    )


def execute(asked: argparse.Namespace) -> int:
    """Runs the mutants, shows the proof, and returns the exit status."""
    if asked.write and asked.mutants:
        return complain(ValueError("--write writes the matrix of all mutants"), UNUSABLE)
    mutants: Sequence[type[Mutant]] = asked.mutants or MUTANTS
    total = sum(len(mutant.editions) for mutant in mutants)
    try:
        with progress(total, Console(stderr=True, highlight=False)) as step:
            proof = prove(mutants, step, min(asked.jobs, len(mutants)))
    except NotTestable as error:
        return complain(error, UNUSABLE)
    return finish(proof, asked, Path(sidetable_conformance.mutants.__file__).parent)


def finish(proof: Proof, asked: argparse.Namespace, folder: Path) -> int:
    """Writes and shows what a proof shows, and returns the exit status.

    Args:
        proof: The proof.
        asked: The arguments of the command.
        folder: The folder of the mutants, for the matrix.
    """
    try:
        if asked.write:
            proof = written(proof, folder)
        if asked.json is not None:
            asked.json.write_text(proof.to_json(), encoding="utf-8", newline="\n")
        if asked.markdown is not None:
            page = matrix_page(proof.catches)
            asked.markdown.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        return complain(error, UNUSABLE)
    show_proof(proof, console())
    return CONFORMANT if proof.holds else KIT_FAULT


@contextmanager
def progress(total: int, shown: Console) -> Generator[Callable[[Catch], object]]:
    """Gives what to call with each catch: a bar on a terminal, a few plain lines in a pipe."""
    done = 0

    def line(_: Catch) -> None:
        nonlocal done
        done += 1
        if done * LINES // total > (done - 1) * LINES // total:
            shown.print(f"{done} of {total} faults judged")

    if not shown.is_terminal:
        yield line
        return
    with Progress(console=shown, transient=True) as bar:
        task = bar.add_task("judging faults", total=total)
        yield lambda _: bar.advance(task)


def written(proof: Proof, folder: Path) -> Proof:
    """Writes the matrix of a proof into the kit's own file, and returns the proof with that.

    A matrix in which anything is wrong is not written.

    Args:
        proof: The proof.
        folder: The folder of the mutants.

    Raises:
        OSError: If that is not in a checkout, or can not be written.
    """
    if folder.parents[1].name != "src" or not (folder.parents[2] / "pyproject.toml").is_file():
        raise FileNotFoundError(f"{folder} is not in a checkout, so no matrix is written there")
    if proof.findings:
        return proof
    (folder / MATRIX).write_text(matrix_text(proof.catches), encoding="utf-8", newline="\n")
    return Proof(proof.catches, proof.points, proof.findings, ())


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def _mutant(name: str) -> type[Mutant]:
    for mutant in MUTANTS:
        if mutant.__name__ == name:
            return mutant
    raise argparse.ArgumentTypeError(f"there is no mutant {name!r}")
