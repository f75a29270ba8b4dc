"""Writes the page of the kit's command line, out of what the commands say of themselves.

Run by `hatch run help-page`. A test compares the page with a fresh one.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sidetable_conformance.commands.main import main as kit

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "kit-command-line.md"

PLAIN: Final[Mapping[str, str]] = MappingProxyType({"COLUMNS": "100", "PYTHON_COLORS": "0"})
"""What has to stand in the environment for help to look the same everywhere."""

HEAD: Final = """\
# The kit's command line

<!-- Written by `hatch run help-page`; change the commands instead. -->

`sidetable-conformance COMMAND`, or `python -m sidetable_conformance COMMAND`, or pytest. What
stands here is what `--help` prints. Most of it is shown at work in
[Validate an implementation](../how-to/validate-an-implementation.md).
"""


def page() -> str:
    """Returns the page, in Markdown; see `PLAIN` for what it looks like."""
    overview = help_of()
    commands = re.findall(r"^    (\w+) ", overview, re.MULTILINE)
    sections = [f"## {name}\n\n{block(help_of(name))}" for name in commands]
    return "\n".join([HEAD, block(overview), *sections, f"## pytest\n\n{block(help_of_pytest())}"])


def help_of(*command: str) -> str:
    """Returns what a command prints as its help."""
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.suppress(SystemExit):
        kit([*command, "--help"])
    return printed.getvalue()


def help_of_pytest() -> str:
    """Returns what pytest prints of the kit's options and settings, in a project without any."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--help"],
            cwd=folder,
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


if __name__ == "__main__":
    os.environ.update(PLAIN)
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
