"""A distribution's README is its page on a package index, where nothing lies beside it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
READMES = sorted(
    path.relative_to(ROOT)
    for pattern in ("packages/*/README.md", "conformance/README.md")
    for path in ROOT.glob(pattern)
)
ADDRESS = re.compile(r"""\b(?:href|src)\s*=\s*["']?([^"'\s>]*)""", re.IGNORECASE)


def addresses(text: str) -> list[str]:
    """Returns where the links and the images of a page lead, those in HTML included."""
    return ADDRESS.findall(MarkdownIt().render(text))


def broken(text: str) -> list[str]:
    """Returns the addresses that lead nowhere without the repository."""
    return [one for one in addresses(text) if urlsplit(one).scheme not in ("http", "https")]


def test_every_distribution_has_one():
    """None is forgotten."""
    folders = {path.parent.relative_to(ROOT) for path in ROOT.glob("*/*/pyproject.toml")}
    assert {page.parent for page in READMES} == {*folders, Path("conformance")}


@pytest.mark.parametrize("page", READMES, ids=str)
def test_nothing_leads_into_the_repository(page):
    """A path, or an anchor, would be broken on an index, which gives headings other ids."""
    assert broken((ROOT / page).read_text(encoding="utf-8")) == []


def test_the_repositorys_readme_leads_to_files():
    """Each path is there; what begins with `../../` is a page of the repository on GitHub."""
    paths = broken((ROOT / "README.md").read_text(encoding="utf-8"))
    files = [path for path in paths if not path.startswith("../../")]
    assert len(files) > 10
    assert [path for path in files if not (ROOT / path).exists()] == []
    assert [path for path in paths if path not in files] == ["../../deployments/github-pages"]


@pytest.mark.parametrize(
    "text",
    [
        "[why](docs/why.md)",
        "[below](#verdicts)",
        "![a picture](picture.svg)",
        "[why][1]\n\n[1]: ../why.md",
        "<img src='picture.svg'>",
        "text <a href=why.html>why</a>",
    ],
)
def test_a_relative_address_is_noticed(text):
    """In every form that Markdown has for one."""
    assert len(broken(text)) == 1


def test_an_absolute_address_is_not():
    """A link to another site is no fault; what only looks like a link is none."""
    text = "[Python](https://python.org), `[a](b)`\n\n```\n[a](b)\n```\n"
    assert addresses(text) == ["https://python.org"]
    assert broken(text) == []


@pytest.mark.parametrize("page", READMES, ids=str)
def test_it_says_what_it_is_for(page):
    """It begins with its own name, says how to install it, and under which licence it is."""
    text = (ROOT / page).read_text(encoding="utf-8")
    name = text.splitlines()[0].removeprefix("# ")
    assert f'name = "{name}"' in (ROOT / page.parent / "pyproject.toml").read_text("utf-8")
    assert f"pip install {name}" in text
    assert "Python 3.11" in text
    assert "MIT" in text
