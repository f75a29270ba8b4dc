"""The page of requirements is what the kit writes."""

from __future__ import annotations

from pathlib import Path

from sidetable_conformance.reports.behind import behind
from sidetable_conformance.spec.listing import listing
from sidetable_conformance.spec.page import requirements_page

PAGE = Path(__file__).resolve().parents[1] / "reference" / "requirements.md"


def test_the_page_is_up_to_date():
    """`sidetable-conformance list --markdown docs/reference/requirements.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == requirements_page(listing(), behind())
