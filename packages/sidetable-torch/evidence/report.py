"""Show what PyTorch's side table gets right without the repair, and with it.

    hatch run torch:report

Exits with 0 if everything is right with the repair, and with 1 if not. With `--write`, what was
counted goes to `results.json`, in the place of what was counted on this version of PyTorch before,
and the page of the documentation is written anew from all versions there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO, final

import torch

import backward
import lifetimes
import nesting
import threads
from case import Case, Tally

CASES: Final = (*threads.CASES, *nesting.CASES, *backward.CASES, *lifetimes.CASES)
"""The cases, in the order in which the report shows them."""

RESULTS: Final = Path(__file__).with_name("results.json")
PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "reference" / "torch-report.md"

VERSION: Final = ".".join(torch.__version__.split(".")[:2])
"""The version of PyTorch that is installed, as far as it counts: "2.13"."""

_PAGE: Final = """\
# PyTorch's table before and after the repair

<!-- Written by `hatch run torch:report --write`. -->

Every case calls compiled functions with known results: first with PyTorch as it is, then
[with the repair](../how-to/repair-pytorch.md). Measured on a CPU with torch {versions}.
`hatch run torch:report` measures yours, and prints every count.
[PyTorch's table, case by case](../explanation/pytorch-cases.md) explains the most important ones.

| word | what came out |
|---|---|
| ✓ right | the expected result, every time |
| ✗ wrong | at least once a wrong result, without an error |
| ! raised | at least once an error instead of a result |
| - refused | a justified error: the caller dropped the object, or PyTorch refuses the call |
| · | PyTorch cannot do it |

## A server

A transformer of 12 layers, each with an opaque module of its own, is compiled once and called with
five sets of weights: four threads infer, and one trains.

{server}

## Every case

{cases}

## What PyTorch cannot do

PyTorch cannot run these cases:

{impossible}
"""

_COLOURS: Final = {"right": "\x1b[32m", "refused": "\x1b[32m", "": "\x1b[2m"}
_WRONG: Final = "\x1b[1;31m"
_PLAIN: Final = "\x1b[0m"


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One case on one backend of one version of PyTorch.

    Attributes:
        version: The version.
        case: The case's name.
        backend: The backend.
        before: What was counted without the repair.
        after: What was counted with it.
        impossible: Why PyTorch cannot do it, "" if it can. Then nothing was counted.
    """

    version: str
    case: str
    backend: str
    before: Tally
    after: Tally
    impossible: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the repair is as good as PyTorch lets it be."""
        return bool(self.impossible) or self.after.is_right

    @classmethod
    def read(cls, saved: dict[str, Any]) -> Row:  # JSON's own types
        """Return a row that was saved."""
        tallies = {name: Tally(**saved.get(name, {})) for name in ("before", "after")}
        return cls(**saved | tallies)

    def saved(self) -> str:
        """Return the row as JSON."""
        row = {"version": self.version, "case": self.case, "backend": self.backend}
        if self.impossible:
            return json.dumps(row | {"impossible": self.impossible})
        return json.dumps(row | {"before": self.before.counts, "after": self.after.counts})


def rows(cases: Sequence[Case], backends: Sequence[str] = ()) -> Iterator[Row]:
    """Run cases without the repair and with it, one after the other.

    Args:
        cases: The cases.
        backends: The backends to run them on, none for all.
    """
    for case in cases:
        for backend in case.backends:
            if backends and backend not in backends:
                continue
            if reason := case.impossible.get(backend, ""):
                yield Row(VERSION, case.name, backend, Tally(), Tally(), reason)
                continue
            before = case.count(backend, repaired=False)
            after = case.count(backend, repaired=True)
            yield Row(VERSION, case.name, backend, before, after)


def read() -> list[Row]:
    """Return what was counted on every version of PyTorch."""
    return [Row.read(saved) for saved in json.loads(RESULTS.read_text(encoding="utf-8"))]


def write(shown: Sequence[Row]) -> list[Row]:
    """Replace the same version's rows in the results, and return all of them."""
    measured = {row.version for row in shown}
    kept = [row for row in read() if row.version not in measured] if RESULTS.exists() else []
    found = sorted([*kept, *shown], key=lambda row: _as_number(row.version))
    RESULTS.write_text("[\n" + ",\n".join(row.saved() for row in found) + "\n]\n", encoding="utf-8")
    return found


def show(row: Row, stream: TextIO) -> None:
    """Print a row: coloured on a terminal, plain in a pipe."""
    heading = f"{row.case:<72} {row.backend:<9} "
    if row.impossible:
        print(_coloured(f"{heading} not possible: {row.impossible}", "", stream), file=stream)
        return
    cells = (_coloured(f"{tally!s:<32}", tally.word, stream) for tally in (row.before, row.after))
    print(heading, *cells, file=stream, flush=True)
    for error in sorted(row.after.errors):
        print("   ", _coloured(error, "raised", stream), file=stream)


def page(found: Sequence[Row]) -> str:
    """Return the rows as a page: a line for each case and backend, a column for each version."""
    versions = list(dict.fromkeys(row.version for row in found))
    places: dict[tuple[str, str], dict[str, Row]] = {}
    for row in found:
        places.setdefault((row.case, row.backend), {})[row.version] = row
    possible = {
        place: [measured[version] for version in versions]
        for place, measured in places.items()
        if any(not row.impossible for row in measured.values())
    }
    heading = ["case", "backend"]
    for when in ("before", "after"):
        heading += [f"{when}: {versions[0]}", *versions[1:]]
    body = [
        [*place, *(_word(row, row.before) for row in of), *(_word(row, row.after) for row in of)]
        for place, of in possible.items()
    ]
    served = [
        [row.version, _counted(row.before), _counted(row.after)]
        for row in found
        if row.case == threads.SERVER.name
    ]
    elsewhere = {case for case, _ in possible}
    impossible = dict.fromkeys(
        f"* {row.backend if row.case in elsewhere else row.case}: {row.impossible}"
        for row in found
        if row.impossible
    )
    return _PAGE.format(
        versions=", ".join(versions),
        server="\n".join(_table(["torch", "before", "after"], served)),
        cases="\n".join(_table(heading, body)),
        impossible="\n".join(impossible),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="report.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="also write what was counted")
    parser.add_argument("--case", default="", metavar="TEXT", help="only cases with this name")
    parser.add_argument("--backend", action="append", default=[], metavar="NAME")
    options = parser.parse_args(arguments)
    if options.write and (options.case or options.backend):
        parser.error("--write needs every case on every backend")
    chosen = [case for case in CASES if options.case in case.name]
    print(f"torch {torch.__version__}\n")
    print(f"{'case':<72} {'backend':<9}  {'before':<32} after")
    shown: list[Row] = []
    for row in rows(chosen, options.backend):
        show(row, sys.stdout)
        shown.append(row)
    possible = [row for row in shown if not row.impossible]
    before = sum(row.before.is_right for row in possible)
    after = sum(row.is_right for row in possible)
    print(f"\nright before: {before} of {len(possible)}; after: {after} of {len(possible)}")
    if options.write:
        PAGE.write_text(page(write(shown)), encoding="utf-8")
    return 0 if possible and after == len(possible) else 1


def _word(row: Row, tally: Tally) -> str:
    if row.impossible:
        return "-"
    return "**wrong**" if tally.word == "wrong" else tally.word


def _counted(tally: Tally) -> str:
    total = sum(tally.counts.values())
    return (
        ", ".join(f"{number:,} {name}" for name, number in tally.counts.items()) + f" of {total:,}"
    )


def _table(heading: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in (heading, ["---"] * len(heading), *body)]


def _as_number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _coloured(text: str, word: str, stream: TextIO) -> str:
    return f"{_COLOURS.get(word, _WRONG)}{text}{_PLAIN}" if stream.isatty() else text


if __name__ == "__main__":
    sys.exit(main())
