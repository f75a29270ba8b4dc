"""Every page of the site, on a wide screen and on a phone's, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

FITS = "width => document.documentElement.scrollWidth === width"
SCREENS = "(document.querySelector('article')?.scrollHeight ?? 0) / 800"
LONGEST, WIDE = 15, 1280


@pytest.mark.parametrize(
    ("scheme", "widths"),
    [
        ("light", (390, 1280)),
        pytest.param("dark", (1280, 390), marks=pytest.mark.deep),  # what colours it has fits, too
    ],
)
def test_a_page_loads_without_a_fault_and_fits_its_screen(visiting, path, scheme, widths):
    """Nothing is wider than the screen, fails to load, or comes from elsewhere."""
    page = visiting(width=widths[0], scheme=scheme).goto(path)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(FITS, arg=width)  # what was a drawer moves there
    if widths[-1] == WIDE:
        assert page.evaluate(SCREENS) <= LONGEST


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path_of_matrix",
    ["reference/conformance-matrix.html", "reference/torch-report.html"],
)
def test_a_matrix_fits_and_its_head_stays_in_sight(visiting, path_of_matrix, width):
    """Its last column is on the screen, and so is its head when the table is scrolled."""
    visit = visiting(width=width)
    page = visit.goto(path_of_matrix)
    rows = page.locator(".st-verdicts tbody tr, .st-verdicts > tr")
    rows.nth(40).scroll_into_view_if_needed()
    visit.settle()
    head, bar = page.locator(".st-verdicts thead"), page.locator(".md-header")
    expect(head).to_be_in_viewport(ratio=1)
    box, above = head.bounding_box(), bar.bounding_box()
    assert box["x"] + box["width"] <= width
    assert box["y"] >= above["y"] + above["height"] - 1


BROKEN_WORDS = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll(".st-matrix :is(th, td)")) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let text; (text = walker.nextNode());) {
      if (text.parentElement.closest(".st-words, .st-upright")) continue;
      for (const { 0: word, index } of text.data.matchAll(/\\w+/g)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) broken.push(word);
      }
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path_of_table",
    [
        "reference/conformance-matrix.html",
        "reference/torch-report.html",
        "reference/kill-matrix.html",
        "reference/kill-matrix/robust.html",
    ],
)
def test_no_word_of_a_matrix_is_broken(visiting, path_of_table, width):
    """Names and sentences wrap between words only."""
    page = visiting(width=width).goto(path_of_table)
    assert page.locator(".st-matrix").count()
    assert page.evaluate(BROKEN_WORDS) == []
