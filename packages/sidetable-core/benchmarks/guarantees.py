"""Prints what each guarantee costs: an operation against the same one without it.

Run by ``hatch run bench:guarantees``. Also writes it as JSON.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from contextvars import Context

from guaranteed import Guarantee, guarantees
from racing import Spread, race, ratio
from writing import folder_argument, write


def main() -> None:
    """Measures, prints and writes everything."""
    parser = argparse.ArgumentParser(prog="bench:guarantees", description=__doc__)
    parser.add_argument("--rounds", type=int, default=121)
    folder_argument(parser)
    given = parser.parse_args()
    rows: list[Mapping[str, object]] = []
    with ExitStack() as frames:
        for one in guarantees(frames):
            spread = measured(one, given.rounds)
            name = f"{one.name}: {one.operation}"
            print(f"{name:60}{spread}  against {one.without}", flush=True)
            rows.append(
                {
                    "guarantee": one.name,
                    "operation": one.operation,
                    "without": one.without,
                    "median": round(spread.median, 3),
                    "quartiles": [round(spread.low, 3), round(spread.high, 3)],
                }
            )
    write(given.folder, "guarantees", {"rows": rows})


def measured(guarantee: Guarantee, rounds: int) -> Spread:
    """Returns the ratio of an operation to the same without its guarantee."""
    variants = {"with": guarantee.costs, "without": guarantee.baseline}
    return ratio(Context().run(race, variants, rounds), "with", "without")


if __name__ == "__main__":
    main()
