"""The page of the kill matrix is what the kit writes."""

from __future__ import annotations

from pathlib import Path

from sidetable_conformance.mutants import kill_matrix
from sidetable_conformance.reports.kill_matrix import matrix_page

PAGE = Path(__file__).resolve().parents[1] / "reference" / "kill-matrix.md"


def test_the_page_is_the_matrix():
    """`sidetable-conformance prove --write --markdown FILE` writes both anew."""
    assert PAGE.read_text(encoding="utf-8") == matrix_page(kill_matrix())
