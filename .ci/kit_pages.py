"""The pages of the kit's reference: made when the site is built, and committed nowhere."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sidetable_conformance import Report, read_report, run
from sidetable_conformance.cli import main as kit
from sidetable_conformance.kill_matrix import kill_matrix
from sidetable_conformance.output.pages import (
    kill_matrix_page,
    overview,
    requirements_page,
    verdicts,
)
from sidetable_conformance.spec import CAPABILITIES

REPORTS: Final = Path(__file__).parents[1] / "docs" / "reference" / "reports"
"""What was found where PyTorch is."""

MODULE: Final = ("greenlets", "set", "tasks", "threads")
"""What a module of functions can be asked for."""

OURS: Final = {
    "core-2026.11": ("sidetable_core:SideTable", "2026.11", CAPABILITIES),
    "core-dynamo-2.13": ("sidetable_core:SideTable", "dynamo-2.13", ()),
    "facade-2026.11": ("sidetable_core.dynamo", "2026.11", MODULE),
    "facade-dynamo-2.13": ("sidetable_core.dynamo", "dynamo-2.13", ()),
}
"""What is judged anew for every site: target, edition and capabilities."""

HEAD: Final = """\
# The kit's command line

`sidetable-conformance COMMAND`, or `python -m sidetable_conformance COMMAND`, or pytest. What
stands here is what `--help` prints. Most of it is shown at work in
[Validate an implementation](../how-to/validate-an-implementation.md).
"""


def pages() -> Iterator[tuple[str, str]]:
    """Yields each page, by its path in the documentation."""
    yield "reference/requirements.md", requirements_page()
    yield "reference/kill-matrix.md", kill_matrix_page(kill_matrix())
    yield "reference/kit-command-line.md", command_line()


def judged() -> dict[str, Report]:
    """Returns the report on each of this project's tables, by the name of its file."""
    found: dict[str, Report] = {}
    for name, (target, edition, capabilities) in OURS.items():
        profile = "core,isolation,robust" if edition == "2026.11" else "core"
        found[name] = run(
            target, edition=edition, profile=profile, capabilities=capabilities or None
        )
    return found


def matrix(page: str, reports: dict[str, Report]) -> str:
    """Returns the page of verdicts with what is known, PyTorch's beside this project's own."""
    both = dict(reports)
    for path in sorted(REPORTS.glob("*.json")):
        both[path.stem] = read_report(path.read_text(encoding="utf-8"), path.name)
    rows = [(f"reports/{name}.json", report) for name, report in both.items()]
    page = page.replace("<!-- overview -->", overview(rows))
    return page.replace("<!-- verdicts -->", verdicts([*both.values()]))


def command_line() -> str:
    """Returns the page of what the commands say of themselves."""
    overview_ = help_of()
    names = re.findall(r"^  (\w+) ", overview_.partition("Commands:")[2], re.MULTILINE)
    sections = [f"## {name}\n\n{block(help_of(name))}" for name in names]
    return "\n".join([HEAD, block(overview_), *sections, f"## pytest\n\n{block(help_of_pytest())}"])


def help_of(*command: str) -> str:
    """Returns what a command prints as its help."""
    os.environ["COLUMNS"] = "100"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        kit([*command, "--help"])
    return printed.getvalue()


def help_of_pytest() -> str:
    """Returns what pytest prints of the kit's options and settings, in a project without any."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--help"],
            cwd=folder,
            env={**os.environ, "PYTHON_COLORS": "0"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    options = re.search(r"^conformance of side tables:\n(?:  .*\n)+", done.stdout, re.MULTILINE)
    settings = re.findall(r"^  sidetable_.*\n(?:   .*\n)+", done.stdout, re.MULTILINE)
    return f"{options[0] if options else ''}\nsettings:\n{''.join(settings)}"


def block(text: str) -> str:
    """Returns a text as a block of a page."""
    return f"```text\n{text.strip()}\n```\n"
