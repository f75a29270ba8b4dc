"""The search finds pages and rules, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("width", [1280, 390])
def test_a_word_leads_to_its_page(visiting, width):
    """A result is shown while it is typed, and leads there."""
    page = visiting(width=width).goto("index.html")
    if width == 390:
        page.locator("label.md-header__button[for=__search]").click()
    page.get_by_role("textbox", name="Search").press_sequentially("snapshot")
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching documents")
    result = page.locator(".md-search-result__link[href*=carry-a-binding]").first
    result.click()
    page.wait_for_url("**/how-to/carry-a-binding.html*")
    expect(page.locator("article")).to_contain_text("snapshot")


def test_a_rule_is_found_by_its_id(visit):
    """The result leads to the rule itself, on the page of its area."""
    page = visit.goto("index.html")
    page.keyboard.press("/")
    page.keyboard.type("store.holds-weakly")
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching document")
    link = page.locator(
        '.md-search-result__link[href*="requirements/store.html#store.holds-weakly"]'
    )
    expect(link.first).to_be_attached()


def test_what_is_nowhere_is_not_found(visit):
    """And the search says so."""
    page = visit.goto("index.html")
    page.keyboard.press("/")
    page.keyboard.type("zyzzyva")
    expect(page.locator(".md-search-result__meta")).to_contain_text("No matching documents")
