"""What the pages of explanation say of other files is what stands there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from sidetable_conformance import requirements

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "explanation"
TEXT = re.compile(r'<text x="(?P<x>\d+)"[^>]*>(?P<words>[^<]+)</text>')


def floors(package):
    """Returns the floors of a package, from the top down, as the linter holds them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [layers] = [each["layers"] for each in contracts if each.get("containers") == [package]]
    return [name for name in layers if name != "_public"]


@pytest.mark.parametrize(("package", "x"), [("sidetable_core", "102"), ("sidetable_source", "200")])
def test_the_picture_of_the_floors_has_those_that_the_linter_holds(package, x):
    """Below a package's name stand its floors, in their order."""
    picture = (PAGES / "floors.svg").read_text(encoding="utf-8")
    words = [match["words"] for match in TEXT.finditer(picture) if match["x"] == x]
    start = words.index(package) + 1
    expected = floors(package)
    drawn = [text.partition(":")[0] for text in words[start : start + len(expected)]]
    assert drawn == expected


@pytest.mark.parametrize("difference", ["opposite", "stricter"])
def test_the_page_of_editions_lists_what_differs(difference):
    """Each of its two tables has the requirements that differ in this way, and no other."""
    page = (PAGES / "editions.md").read_text(encoding="utf-8")
    [table] = re.findall(rf"\*{difference}\*.*?\n\n(\|.*?)\n\n", page, re.DOTALL)
    listed = re.findall(r"^\| \[([a-z.-]+)\]", table, re.MULTILINE)
    expected = {row.id for row in requirements() if row.difference == difference}
    assert len(listed) == len(expected)
    assert set(listed) == expected
