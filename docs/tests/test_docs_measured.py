"""The page on performance says what the benchmarks wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[1] / "explanation"
VERSIONS = ("3.11", "3.13")


def rows(name, version, table="rows"):
    """Returns a table that the benchmarks wrote for a version."""
    path = PAGES / "measured" / f"{name}-{version}.json"
    return json.loads(path.read_text(encoding="utf-8"))[table]


def cells(version, *, first):
    """Returns the figure of a version in each line of the page's tables, by its first columns."""
    text = (PAGES / "performance.md").read_text(encoding="utf-8")
    column = VERSIONS.index(version) - len(VERSIONS)
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {tuple(line[:first]): line[column].strip("*") for line in lines}


@pytest.mark.parametrize("table", ["rows", "peers"])
@pytest.mark.parametrize("version", VERSIONS)
def test_figures_of_the_page_are_those_that_were_measured(version, table):
    """Every median stands in the page, in the column of its version, with two places."""
    written = cells(version, first=1)
    for row in rows("compare", version, table):
        assert written[(row["name"],)] == f"{row['median']:.2f}", row["name"]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_guarantee_costs_is_what_was_measured(version):
    """Every median stands in the page, in the column of its version, with two digits."""
    written = cells(version, first=3)
    for row in rows("guarantees", version):
        name = (row["guarantee"], row["operation"], row["without"])
        assert written[name] == f"{row['median']:.2g}", name


@pytest.mark.parametrize("version", VERSIONS)
def test_what_misses_its_target_is_in_bold(version):
    """And nothing else is."""
    text = (PAGES / "performance.md").read_text(encoding="utf-8")
    for row in rows("compare", version):
        missed = row["must"] is not None and row["median"] > row["must"]
        [line] = [line for line in text.splitlines() if line.startswith(f"| {row['name']} |")]
        cell = line.strip("| ").split(" | ")[VERSIONS.index(version) - len(VERSIONS)]
        assert cell.startswith("**") == missed, row["name"]
