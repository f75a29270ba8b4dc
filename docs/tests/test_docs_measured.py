"""The page on performance says what the benchmarks wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[1] / "explanation"
VERSIONS = ("3.11", "3.13")
ROW = re.compile(r"^\| (?P<name>[^|]+?) \|(?P<figures>(?: [^|]* \|)+)$", re.MULTILINE)


def measured(version, table):
    """Returns the median of each row of a table that the benchmarks wrote for a version."""
    path = PAGES / "measured" / f"compare-{version}.json"
    return {
        row["name"]: row["median"] for row in json.loads(path.read_text(encoding="utf-8"))[table]
    }


@pytest.mark.parametrize("table", ["rows", "peers"])
@pytest.mark.parametrize("version", VERSIONS)
def test_figures_of_the_page_are_those_that_were_measured(version, table):
    """Every median stands in the page, in the column of its version, with two places."""
    text = (PAGES / "performance.md").read_text(encoding="utf-8")
    written = {match["name"]: match["figures"].split("|") for match in ROW.finditer(text)}
    column = VERSIONS.index(version) - len(VERSIONS) - 1
    for name, median in measured(version, table).items():
        assert written[name][column].strip().strip("*") == f"{median:.2f}", name
