"""The page of errors has one section for every error, and none for anything else."""

from __future__ import annotations

import re
from pathlib import Path

from sidetable_source import errors

PAGE = Path(__file__).resolve().parents[1] / "reference" / "errors.md"
SECTION = re.compile(r"^## (?P<code>ST\d+) (?P<name>\w+) \{#(?P<anchor>\w+)\}$", re.MULTILINE)


def test_every_error_has_its_section_and_anchor():
    """Code, name and anchor of the sections are those of the classes, in order of the codes."""
    exported = (getattr(errors, name) for name in errors.__all__)
    classes = (value for value in exported if isinstance(value, type))
    expected = sorted((kind.code, kind.__name__, kind.code.lower()) for kind in classes)
    assert [match.groups() for match in SECTION.finditer(PAGE.read_text("utf-8"))] == expected


def test_every_section_shows_the_error_that_it_is_about():
    """The output in each section starts with the section's own code."""
    _, *sections = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    for section in sections[1:]:  # the first is the parent, which is never raised
        assert f"\n```text\n[{section.split()[0]}] " in section
