"""Prints what each operation costs as a ratio to PyTorch's, beside what it has to cost.

Run by ``hatch run bench:compare``. Also writes it as JSON and as a picture. Where torch is
installed, PyTorch's own module is raced as well, and the exit status is 1 when the restatement of
it, which everything is compared with, differs by more than a twentieth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

import growing
import restated
from agreeing import AGREED, agreements
from drawing import draw_ratios
from importing import EMPTY, OURS, import_times
from operations import again, against, anew, entry, lookup
from peers import lookups
from racing import Spread, race, ratio, spread_of, timed, times_for
from threaded import second_thread
from writing import folder_argument, write

_CONTEXTS: Final = 16
"""In how many contexts an operation is raced that depends on what else is in the context."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison.

    Attributes:
        name: What was measured.
        spread: What came out, a ratio unless the name says otherwise.
        must: What has to be reached.
        superb: What would be superb.
    """

    name: str
    spread: Spread
    must: float | None = None
    superb: float | None = None

    @property
    def verdict(self) -> str:
        """How the median stands to what was asked for."""
        if self.must is None or self.superb is None:
            return ""
        if self.spread.median <= self.superb:
            return "superb"
        return "reached" if self.spread.median <= self.must else "MISSED"


def main() -> int:
    """Measures, prints and writes everything."""
    parser = argparse.ArgumentParser(prog="bench:compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=101)
    parser.add_argument("--most", type=int, default=1_000_000, help="objects to register")
    folder_argument(parser)
    given = parser.parse_args()
    rows: list[Row] = []
    for row in asked_for(given.rounds, given.most):
        rows.append(row)
        show(row)
    print()
    peers = list(beside(given.rounds))
    for row in peers:
        show(row)
    content = {
        "rows": [_as_json(row) for row in rows],
        "peers": [_as_json(row) for row in peers],
    }
    picture = draw_ratios(
        [(row.name, row.spread, row.must) for row in rows if "milli" not in row.name]
    )
    write(given.folder, "compare", content, picture)
    return agreement(given.rounds)


def asked_for(rounds: int, most: int) -> Iterator[Row]:
    """Returns the rows that have a target, each when it is asked for."""
    yield from operations(rounds)
    yield from registering(most)
    yield memory()
    yield Row("lookup, a second thread also works", second_thread(), 1.1, 1.0)
    taken = import_times()
    yield Row(f"{OURS}, milliseconds", taken[OURS], 10, 5)
    yield Row(f"{EMPTY}, milliseconds", taken[EMPTY])


def show(row: Row) -> None:
    """Prints a line."""
    target = "" if row.must is None else f"   must {row.must:<5} superb {row.superb:<5}"
    print(f"{row.name:44}{row.spread}{target} {row.verdict}", flush=True)


def operations(rounds: int) -> Iterator[Row]:
    """Returns the rows of the operations that run again and again."""
    compared = (
        lookup(0.85, 0.70),
        again(1, 0.90, 0.70),
        again(4, 0.78, 0.60),
        again(16, 0.62, 0.47),
        again(256, 0.50, 0.39),
        anew(1, 1.0, 0.80),
        anew(4, 1.0, 0.80),
        anew(16, 1.0, 0.80),
        entry(0, 0.60, 0.45),
        entry(3, 0.65, 0.50),
    )
    for one in compared:
        yield Row(one.name, against([one], rounds), one.must, one.superb)
    for found, superb in ((0, 0.45), (3, 0.50)):
        # In several contexts: addresses decide the shape of CPython's tree of variables.
        several = [entry(found, others=40) for _ in range(_CONTEXTS)]
        yield Row(several[0].name, against(several, rounds // 4 + 1), 0.80, superb)


def registering(most: int) -> Iterator[Row]:
    """Returns the rows of registering; the last of them is how the cost of one object grows."""
    counts = {1_000: (0.95, 0.60), 100_000: (0.50, 0.30), 1_000_000: (0.40, 0.30)}
    for count, (must, superb) in counts.items():
        if count > most:
            break
        times = max(1, 5_000 // count)
        variants = {
            "ours": growing.registering(growing.ours, count, times),
            "baseline": growing.registering(growing.baseline, count, times),
            "few": growing.registering(growing.ours, 1_000, times * count // 1_000),
        }
        results = race(variants, 41 if count == min(counts) else 7)
        yield Row(f"register {count:,}", ratio(results, "ours", "baseline"), must, superb)
        grown = f"register {count:,} / in thousands"
        if count == max(counts):
            yield Row(grown, ratio(results, "ours", "few"), 1.2, 1.0)
            yield Row(f"register {count:,}, with the collector on", collecting(count))
    restated.reset()


def collecting(count: int) -> Spread:
    """Returns the ratio of registering while the collector comes, as it does in most programs."""
    variants = {
        name: growing.registering(register_in, count, 1, collecting=True)
        for name, register_in in (("ours", growing.ours), ("baseline", growing.baseline))
    }
    return ratio(race(variants, 7), "ours", "baseline")


def memory() -> Row:
    """Returns the row of the memory that a registered object takes."""
    ours = [growing.memory(growing.ours, 50_000) for _ in range(3)]
    baseline = [growing.memory(growing.baseline, 50_000) for _ in range(3)]
    restated.reset()
    ratios = [a / b for a, b in zip(ours, baseline, strict=True)]
    return Row("memory of a registered object", spread_of(ratios), 0.40, 0.25)


def beside(rounds: int) -> list[Row]:
    """Returns a row for the lookup in each of the peers."""
    operation = lookup()
    context = operation.context()
    times = context.run(times_for, operation.baseline)
    variants = {name: timed(run, times) for name, run in lookups().items()}
    variants |= {
        "SideTable": timed(operation.ours, times),
        "baseline": timed(operation.baseline, times),
    }
    results = context.run(race, variants, rounds)
    return [
        Row(f"lookup, {name}", ratio(results, name, "baseline"))
        for name in variants
        if name != "baseline"
    ]


def agreement(rounds: int) -> int:
    """Races the restatement against PyTorch's own module; returns the exit status."""
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
        "superb": row.superb,
    }


if __name__ == "__main__":
    sys.exit(main())
