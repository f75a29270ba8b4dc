"""Ways through the site: shelves, the drawer of a phone, colours, and addresses that are wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

SHELVES = {
    "Tutorial": "Your first table",
    "How to": "Write a source",
    "Reference": "Requirements",
    "Explanation": "Lifetimes",
}


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_shelf_is_one_click_away(visit, shelf):
    """And its pages are another."""
    page = visit.goto("index.html")
    sidebar = page.locator(".md-sidebar--primary")
    sidebar.get_by_role("link", name=shelf, exact=True).click()
    page.wait_for_url("**/index.html")
    sidebar.get_by_role("link", name=SHELVES[shelf], exact=True).click()
    expect(page.locator("h1")).to_contain_text(SHELVES[shelf])


def test_on_a_phone_the_pages_are_in_a_drawer(visiting):
    """It opens by a button, and a page in it can be reached."""
    page = visiting(width=390).goto("index.html")
    entry = page.locator(".md-sidebar--primary").get_by_text("Glossary")
    expect(entry).not_to_be_in_viewport()
    page.locator("label.md-header__button[for=__drawer]").click()
    page.locator(".md-nav__container", has_text="Explanation").locator("label").click()
    expect(entry).to_be_in_viewport()
    entry.click()
    expect(page.locator("h1")).to_contain_text("Glossary")


@pytest.mark.parametrize(("scheme", "other"), [("default", "slate"), ("slate", "default")])
def test_the_colours_are_the_readers_choice(visiting, scheme, other):
    """They begin as the system has them, change by a button, and stay so on the next page."""
    page = visiting(scheme="light" if scheme == "default" else "dark").goto("index.html")
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", scheme)
    page.locator(".md-header__option label:visible").click()
    expect(body).to_have_attribute("data-md-color-scheme", other)
    page.goto(page.url.replace("index.html", "demo.html"))
    expect(body).to_have_attribute("data-md-color-scheme", other)


def test_the_keyboard_gets_to_the_text_first(visit):
    """The first stop leads past all that is on every page."""
    page = visit.goto("tutorial/first-table.html")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_contain_text("Skip to content")
    page.keyboard.press("Enter")
    assert page.url.endswith("#your-first-table")


def test_code_can_be_copied(visiting):
    """The button beside a block puts its text on the clipboard."""
    visit = visiting(permissions=["clipboard-read", "clipboard-write"])
    page = visit.goto("tutorial/first-table.html")
    block = page.locator(".highlight", has=page.locator("code")).first
    block.hover()
    block.locator(".md-code__button").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("code").inner_text().strip()


def test_a_wide_table_scrolls_by_keyboard(visiting):
    """On a phone it gets the focus, and the arrow keys move it; on a wide screen it needs none."""
    visit = visiting(width=390)
    page = visit.goto("how-to/choose.html")
    table = page.locator(".md-typeset__scrollwrap").last
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("table => table.scrollLeft > 0", arg=table.element_handle())
    page.set_viewport_size({"width": 1600, "height": 800})
    visit.settle()
    expect(table).not_to_have_attribute("tabindex", "0")
