"""The page of errors has one section for every error, and none for anything else."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import sidetable_source
from sidetable_source import errors

PAGE = Path(__file__).resolve().parents[1] / "reference" / "errors.md"
SECTION = re.compile(r"^## (?P<code>ST\d+) (?P<name>\w+) \{#(?P<anchor>\w+)\}$", re.MULTILINE)

PLAIN = (object, BaseException, Exception)


def sections():
    """Returns the text of each section, by the name of its error; without that of the parent."""
    _, _, *others = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return {text.split()[1]: text for text in others}


def test_every_error_has_its_section_and_anchor():
    """Code, name and anchor of the sections are those of the classes, in order of the codes."""
    exported = (getattr(errors, name, None) for name in sidetable_source.__all__)
    classes = (value for value in exported if isinstance(value, type))
    expected = sorted((kind.code, kind.__name__, kind.code.lower()) for kind in classes)
    assert [match.groups() for match in SECTION.finditer(PAGE.read_text("utf-8"))] == expected


def test_every_section_shows_the_error_that_it_is_about():
    """The output in each section starts with the section's own code."""
    for text in sections().values():
        assert f"\n```text\n[{text.split()[0]}] " in text


def test_every_section_says_as_which_builtin_the_error_can_be_caught():
    """The sentence names the builtins that the class is a child of, in their order."""
    for name, text in sections().items():
        kinds = [kind for kind in getattr(errors, name).__mro__ if kind not in PLAIN]
        builtin = [kind.__name__ for kind in kinds if kind.__module__ == "builtins"]
        [sentence] = re.findall(r"Also an? (.*?)(?:, which|\. |\.\n)", text, re.DOTALL)
        assert re.findall(r"`(\w+)`", sentence) == builtin, name


def test_every_section_lists_the_facts_that_the_error_keeps():
    """They are the arguments of its class, all of which it has as attributes."""
    for name, text in sections().items():
        _, *facts = inspect.signature(getattr(errors, name).__init__).parameters
        [sentence] = re.findall(r"Attributes:\s(.*?)[.;]", text, re.DOTALL)
        assert re.findall(r"`(\w+)`", sentence) == facts, name
