"""The page of the command line is what the commands say of themselves."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "kit-command-line.md"


def test_the_page_is_up_to_date(monkeypatch):
    """`hatch run help-page` writes it anew; Pythons may break lines elsewhere."""
    script = runpy.run_path(str(ROOT / ".ci" / "help_page.py"))
    for name, value in script["PLAIN"].items():
        monkeypatch.setenv(name, value)
    assert PAGE.read_text(encoding="utf-8").split() == script["page"]().split()
