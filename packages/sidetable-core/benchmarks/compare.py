"""Prints what each operation costs, in Python and in C, as a ratio to PyTorch's, and what it must.

Run by ``hatch run bench:compare``. Also writes it as JSON. Where torch is installed, PyTorch's own
module is raced as well, and the exit status is 1 if the restatement of it, which everything is
compared with, differs by more than a twentieth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import growing
import restated
from agreeing import AGREED, agreements
from implementations import IMPLEMENTATIONS
from importing import OURS, import_times
from operations import BASELINE, again, against, anew, entry, frame, lookup, lookup_beside_none
from racing import Spread, race, ratio
from writing import folder_argument, write


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison.

    Attributes:
        name: What was measured.
        spreads: What came out, each implementation's by its name; a ratio unless the name says
            otherwise.
        musts: What has to be reached, in the order of the implementations.
    """

    name: str
    spreads: Mapping[str, Spread]
    musts: tuple[float, ...] = ()

    @property
    def targets(self) -> Mapping[str, float]:
        """What each implementation has to reach, by its name."""
        return dict(zip(self.spreads, self.musts, strict=False))


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
        lookup(0.85, 0.25),
        lookup_beside_none(4.5, 1.3),
        *(again(count, 0.7, 0.2) for count in (1, 4, 16)),
        *(anew(count, 1.1, 0.6) for count in (1, 4, 16)),
        entry(0, 0.95, 0.36),
        entry(3, 0.95, 0.28),
        frame(10, 1.0),
    )
    for one in compared:
        yield Row(one.name, against(one, rounds), one.musts)
    for count in (1_000, 100_000):
        times = max(1, 5_000 // count)
        variants = {
            name: growing.registering(partial(growing.ours, core.SideTable), count, times)
            for name, core in IMPLEMENTATIONS.items()
        }
        baseline = {BASELINE: growing.registering(growing.baseline, count, times)}
        results = race(variants | baseline, 41 if times > 1 else 9)
        spreads = {name: ratio(results, name, BASELINE) for name in variants}
        yield Row(f"register {count:,}", spreads, (2.0, 0.8))
    restated.reset()
    times_of_imports = {name: import_times(name)[OURS] for name in IMPLEMENTATIONS}
    yield Row(f"{OURS}, milliseconds", times_of_imports, (10, 10))


def show(row: Row) -> None:
    """Print a line."""
    columns = ""
    for name, spread in row.spreads.items():
        must = row.targets.get(name)
        target = "" if must is None else f"must {must}"
        missed = "MISSED" if must is not None and spread.median > must else ""
        columns += f"  {name} {spread} {target:10}{missed:7}"
    print(f"{row.name:33}{columns.rstrip()}", flush=True)


def agreement(rounds: int) -> int:
    """Race the restatement against PyTorch's own module; return the exit status."""
    if find_spec("torch") is None:
        print("torch is not installed here, so its own module was not raced")
        return 0
    status = 0
    for name, spread in agreements(rounds):
        show(Row(name, {"restated, to PyTorch's": spread}))
        status |= abs(spread.median - 1) > AGREED
    return status


def _as_json(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "implementations": {
            name: {
                "median": round(spread.median, 3),
                "quartiles": [round(spread.low, 3), round(spread.high, 3)],
                "must": row.targets.get(name),
            }
            for name, spread in row.spreads.items()
        },
    }


if __name__ == "__main__":
    sys.exit(main())
