"""The page about running functions on many machines."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "how-to" / "run-on-many-machines.md"


def test_the_first_paragraph_says_that_exactly_once_is_not_promised():
    """Whoever reads no further has read that."""
    _, first, *_ = PAGE.read_text(encoding="utf-8").split("\n\n")
    assert "Exactly-once is not promised" in " ".join(first.split())
