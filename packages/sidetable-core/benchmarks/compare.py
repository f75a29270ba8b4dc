"""Prints what each operation costs as a ratio to PyTorch's, beside what it has to cost.

Run by ``hatch run bench:compare``. Also writes it as JSON. Where torch is installed, PyTorch's own
module is raced as well, and the exit status is 1 if the restatement of it, which everything is
compared with, differs by more than a twentieth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import growing
import restated
from agreeing import AGREED, agreements
from importing import OURS, import_times
from operations import again, against, anew, entry, lookup
from racing import Spread, race, ratio
from writing import folder_argument, write


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison.

    Attributes:
        name: What was measured.
        spread: What came out, a ratio unless the name says otherwise.
        must: What has to be reached.
    """

    name: str
    spread: Spread
    must: float | None = None

    @property
    def verdict(self) -> str:
        """How the median compares to what was asked for."""
        if self.must is None:
            return ""
        return "reached" if self.spread.median <= self.must else "MISSED"


def main() -> int:
    """Measure, print and write everything."""
    parser = argparse.ArgumentParser(prog="bench:compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=101)
    folder_argument(parser)
    given = parser.parse_args()
    rows: list[Row] = []
    for row in measured(given.rounds):
        rows.append(row)
        show(row)
    write(given.folder, "compare", {"rows": [_as_json(row) for row in rows]})
    return agreement(given.rounds)


def measured(rounds: int) -> Iterator[Row]:
    """Return the rows, each when it is asked for."""
    compared = (
        lookup(0.85),
        *(again(count, 0.7) for count in (1, 4, 16)),
        *(anew(count, 1.1) for count in (1, 4, 16)),
        entry(0, 0.95),
        entry(3, 0.95),
    )
    for one in compared:
        yield Row(one.name, against(one, rounds), one.must)
    for count in (1_000, 100_000):
        times = max(1, 5_000 // count)
        variants = {
            "ours": growing.registering(growing.ours, count, times),
            "baseline": growing.registering(growing.baseline, count, times),
        }
        results = race(variants, 41 if times > 1 else 9)
        yield Row(f"register {count:,}", ratio(results, "ours", "baseline"), 2.0)
    restated.reset()
    yield Row(f"{OURS}, milliseconds", import_times()[OURS], 10)


def show(row: Row) -> None:
    """Print a line."""
    target = "" if row.must is None else f"   must {row.must:<5}"
    print(f"{row.name:44}{row.spread}{target} {row.verdict}", flush=True)


def agreement(rounds: int) -> int:
    """Race the restatement against PyTorch's own module; return the exit status."""
    if find_spec("torch") is None:
        print("torch is not installed here, so its own module was not raced")
        return 0
    status = 0
    for name, spread in agreements(rounds):
        show(Row(f"restated / PyTorch: {name}", spread))
        status |= abs(spread.median - 1) > AGREED
    return status


def _as_json(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "median": round(row.spread.median, 3),
        "quartiles": [round(row.spread.low, 3), round(row.spread.high, 3)],
        "must": row.must,
    }


if __name__ == "__main__":
    sys.exit(main())
