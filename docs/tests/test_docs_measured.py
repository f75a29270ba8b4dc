"""The pages on performance say what the benchmarks wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[1] / "explanation"
VERSIONS = ("3.11", "3.13")
IMPLEMENTATIONS = ("python", "native")


def rows(version):
    """The figures that the benchmarks wrote for a version."""
    path = PAGES / "measured" / f"compare-{version}.json"
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize("version", VERSIONS)
def test_figures_of_the_page_are_those_that_were_measured(version):
    """Every median is in its implementation's table, beside what it has to be."""
    text = (PAGES / "performance-figures.md").read_text(encoding="utf-8")
    in_c = text.index("## In C")
    for implementation, part in zip(IMPLEMENTATIONS, (text[:in_c], text[in_c:]), strict=True):
        lines = [line.strip("| ").split(" | ") for line in part.splitlines() if "| " in line]
        written = {name: figures for name, *figures in lines}
        for row in rows(version):
            assert list(row["implementations"]) == list(IMPLEMENTATIONS)
            found = row["implementations"][implementation]
            must, *figures = written[row["name"]]
            assert float(must) == found["must"]
            assert figures[VERSIONS.index(version)] == f"{found['median']:.2f}", row["name"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_target_is_reached(version):
    """The page promises it."""
    missed = [
        (row["name"], implementation)
        for row in rows(version)
        for implementation, found in row["implementations"].items()
        if found["median"] > found["must"]
    ]
    assert missed == []


def test_the_picture_has_the_figures_that_were_measured():
    """`hatch run bench:chart` draws it from them."""
    ratios = {row["name"]: row["implementations"] for row in rows("3.13")}
    picture = (PAGES / "performance.svg").read_text(encoding="utf-8")
    shown = re.findall(r">(\d\.\d\d)</text>", picture)
    names = ("lookup", "store of 4, the same again", "store of 4, all new")
    expected = [
        f"{ratios[name][implementation]['median']:.2f}"
        for name in (*names, "entry of 3, 3 lookups", "register 1,000")
        for implementation in IMPLEMENTATIONS
    ]
    assert shown == expected
