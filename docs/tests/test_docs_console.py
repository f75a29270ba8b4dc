"""Runs every console block of the READMEs and of the documentation, page by page.

A page's blocks are run from top to bottom, in a folder that is empty at first. A block that begins
with a file's name in a comment is that file. What the commands of a console block print, on both
streams, is compared with what stands below each, as a doctest would: lines may break anywhere, and
`...` stands for anything. Installing is left out: what a page installs is there. What needs more
than the kit is no console block, but one of `sh`.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

# It starts many processes. Continuous integration runs it where it builds the pages.
pytestmark = pytest.mark.deep

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = ("README.md", "packages/*/README.md", "conformance/README.md", "docs/**/*.md")
BLOCK = re.compile(
    r"^```(?P<language>\w+)\n(?:# (?P<file>[\w.]+\.\w+)\n)?(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A file, or a session of commands, each with what it prints."""

    line: int
    file: str | None
    text: str

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Each command, and the output below it."""
        _, *parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
        return [
            (command, output) for command, _, output in (part.partition("\n") for part in parts)
        ]

    def run(self, folder: Path, status: int) -> int:
        """Writes the file or runs the commands, and returns the last exit status."""
        if self.file is not None:
            (folder / self.file).write_text(self.text, encoding="utf-8")
            return status
        for command, output in self.commands:
            if command.startswith("pip install "):
                continue
            done = subprocess.run(
                ["/bin/sh", "-c", f"(exit {status}); {command}"],
                cwd=folder,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                timeout=300,
                check=False,
            )
            status = done.returncode
            assert doctest.OutputChecker().check_output(output, done.stdout, LENIENT), (
                f"line {self.line}: {command} printed: {done.stdout}"
            )
        return status


def environment() -> dict[str, str]:
    """What a reader's shell has, with the programs of the environment under test in front."""
    outer = ("PYTEST", "FORCE_COLOR", "NO_COLOR", "COLUMNS", "GITHUB")
    plain = {key: value for key, value in os.environ.items() if not key.startswith(outer)}
    programs = os.pathsep.join([str(Path(sys.executable).parent), plain.get("PATH", os.defpath)])
    return {
        **plain,
        "PATH": programs,
        # The order of a page's tests is that of the list, whichever plugins are there.
        "PYTEST_ADDOPTS": "-p no:randomly -p no:cacheprovider",
        # A page repairs a module in the second in which it was compiled, by as many characters as
        # there were before: Python would take what it compiled for the new one.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def blocks_of(page: Path) -> list[Block]:
    """Returns the files and the sessions of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(text.count("\n", 0, match.start()) + 1, match["file"], match["text"])
        for match in BLOCK.finditer(text)
        if match["file"] or match["language"] == "console"
    ]


FILES = [path for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]
EVERY = {path.relative_to(ROOT).as_posix(): blocks_of(path) for path in FILES}
PAGES = {page: blocks for page, blocks in EVERY.items() if not all(block.file for block in blocks)}


def test_there_are_sessions_to_run() -> None:
    """An extractor that finds nothing would pass for ever."""
    assert {"conformance/README.md", "docs/how-to/validate-an-implementation.md"} <= PAGES.keys()
    assert all(block.commands for blocks in PAGES.values() for block in blocks if not block.file)


@pytest.mark.skipif(os.name != "posix", reason="the pages show the commands of a POSIX shell")
@pytest.mark.parametrize("page", PAGES)
def test_sessions_of_a_page_print_what_it_says(page: str, tmp_path: Path) -> None:
    """Every command of a page prints what stands below it, in an empty folder and its files."""
    status = 0
    for block in PAGES[page]:
        status = block.run(tmp_path, status)


def test_every_console_block_is_seen() -> None:
    """No page holds a console block that the pattern above passes over."""
    for page, blocks in EVERY.items():
        fences = re.findall(r"^\s*```console\b", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        assert len(fences) == sum(block.file is None for block in blocks), page
