"""What PyTorch's side table gets right without the repair, and with it: `python -m` this module.

Exits with 0 if everything is right with the repair, and with 1 if not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO, final

import torch

from .cases import CASES, LONG_CASES, Case, Tally

_RIGHT: Final = "\x1b[32m"
_WRONG: Final = "\x1b[1;31m"
_DIM: Final = "\x1b[2m"
_PLAIN: Final = "\x1b[0m"


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One case on one backend.

    Attributes:
        case: The case.
        backend: The backend.
        before: What came out without the repair, None where PyTorch can not do it.
        after: What came out with it, likewise.
    """

    case: Case
    backend: str
    before: Tally | None
    after: Tally | None

    @property
    def refused(self) -> str:
        """Why PyTorch can not do it, "" if it can."""
        return self.case.refused.get(self.backend, "")

    @property
    def is_right(self) -> bool:
        """Whether the repair is as good as PyTorch lets it be."""
        return self.after is None or self.after.is_right


def rows(cases: Sequence[Case], backends: Sequence[str] = ()) -> Iterator[Row]:
    """Runs cases without the repair and with it, one after the other.

    Args:
        cases: The cases.
        backends: The backends to run them on, none for all.
    """
    for case in cases:
        for backend in case.backends:
            if backends and backend not in backends:
                continue
            if backend in case.refused:
                yield Row(case, backend, None, None)
                continue
            before = case.count(backend, repaired=False)
            yield Row(case, backend, before, case.count(backend, repaired=True))


def show(row: Row, stream: TextIO) -> None:
    """Prints a row: coloured on a terminal, plain in a pipe."""
    heading = f"{row.case.name:<60} {row.backend:<9} "
    if row.before is None or row.after is None:
        print(_coloured(f"{heading} not possible: {row.refused}", _DIM, stream), file=stream)
        return
    cells = (
        _coloured(f"{tally!s:<32}", _RIGHT if tally.is_right else _WRONG, stream)
        for tally in (row.before, row.after)
    )
    print(heading, *cells, file=stream, flush=True)
    for error in sorted(row.after.errors):
        print("   ", _coloured(error, _WRONG, stream), file=stream)


def markdown(shown: Sequence[Row]) -> str:
    """Returns the rows as a page: each case once for each backend, words and no counts.

    How often a race goes wrong differs from run to run, and whether it does not.
    """
    lines = [
        "# PyTorch's table before and after the repair",
        "",
        f"PyTorch {torch.__version__.partition('+')[0]}, without an accelerator.",
        "Written by `python -m sidetable_torch.report --markdown FILE`, which also counts.",
        "",
        "| case | backend | before | after |",
        "|---|---|---|---|",
    ]
    for row in shown:
        if row.before is None or row.after is None:
            cells = (f"not possible: {row.refused}", "")
        else:
            cells = (_word(row.before), _word(row.after))
        lines.append("| " + " | ".join((row.case.name, row.backend, *cells)) + " |")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sidetable_torch.report", description=__doc__)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write a page")
    parser.add_argument("--case", default="", metavar="TEXT", help="only cases with this name")
    parser.add_argument("--backend", action="append", default=[], metavar="NAME")
    options = parser.parse_args(arguments)
    chosen = [case for case in (*CASES, *LONG_CASES) if options.case in case.name]
    print(f"{'case':<60} {'backend':<9}  {'before':<32} after")
    shown: list[Row] = []
    for row in rows(chosen, options.backend):
        show(row, sys.stdout)
        shown.append(row)
    possible = [row for row in shown if row.before and row.after]
    before = sum(row.before is not None and row.before.is_right for row in possible)
    after = sum(row.is_right for row in possible)
    print(f"\nright before: {before} of {len(possible)}; after: {after} of {len(possible)}")
    if options.markdown is not None:
        options.markdown.write_text(markdown(shown), encoding="utf-8")
    return 0 if possible and after == len(possible) else 1


def _word(tally: Tally) -> str:
    if tally.is_right:
        return "right"
    if tally.wrong:
        return "**wrong**, and raised" if tally.raised else "**wrong**"
    return "raised"


def _coloured(text: str, colour: str, stream: TextIO) -> str:
    return f"{colour}{text}{_PLAIN}" if stream.isatty() else text


if __name__ == "__main__":
    sys.exit(main())
