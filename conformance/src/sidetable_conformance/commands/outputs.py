"""The files that a run can leave its report in, an option for each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from sidetable_conformance.errors import InputError
from sidetable_conformance.reports.badge import badge
from sidetable_conformance.reports.junit import junit
from sidetable_conformance.reports.markdown import markdown
from sidetable_conformance.verdicts.report import Report

from .arguments import add_rules
from .files import write_text

Write: TypeAlias = Callable[[Report, str], str]
"""Returns a report as the text of a file, which may link to the page of requirements."""

_html: Write | None
try:
    from sidetable_conformance.reports.html import html
except ImportError:  # the extra is not installed
    _html = None
else:
    _html = html

_WRITERS: Final[MappingProxyType[str, Write]] = MappingProxyType(
    {
        "json": lambda report, _rules: report.to_json(),
        "junit": junit,
        "markdown": markdown,
        "badge": lambda report, _rules: badge(report),
    }
)
_HELP: Final = MappingProxyType(
    {
        "json": "also write the report there, as JSON",
        "html": "as one page for people (needs the extra `html`)",
        "junit": "as JUnit's XML",
        "markdown": "as Markdown, for the summary of a run in continuous integration",
        "badge": "as the file that a badge of shields.io is made from",
    }
)


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Adds an option for each kind of file."""
    for kind, text in _HELP.items():
        parser.add_argument(f"--{kind}", type=Path, metavar="FILE", help=text)
    add_rules(parser, "what did not pass leads to its rule, on the terminal and in files")


def check_outputs(asked: argparse.Namespace) -> None:
    """Sees that every kind of file that is asked for can be made.

    Raises:
        InputError: If what one of them needs is not installed.
    """
    if asked.html is not None and _html is None:
        raise InputError("--html", "it needs jinja2: pip install 'sidetable-conformance[html]'")


def write_outputs(report: Report, asked: argparse.Namespace) -> None:
    """Writes every file that is asked for.

    Raises:
        InputError: If one can not be written.
    """
    for kind in _HELP:
        path: Path | None = getattr(asked, kind)
        writer = _html if kind == "html" else _WRITERS[kind]
        if path is not None and writer is not None:
            write_text(path, writer(report, asked.rules))
