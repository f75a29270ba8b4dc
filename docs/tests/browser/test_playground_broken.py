"""The playground where Python cannot be loaded: it says what is wrong, and what to do."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

PAGE = "playground.html"


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "index.json", "stepping.py"])
def test_a_file_that_is_missing_is_named_and_can_be_tried_again(visit, name):
    """The command that makes it is named too; once it is there, the page works."""
    visit.page.route(f"**/{name}", lambda route: route.fulfill(status=404, body="nothing"))
    page = visit.goto(PAGE)
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text(f"{name} is not on this site (status 404).")
    expect(problem).to_contain_text("hatch run docs:assets")
    page.unroute(f"**/{name}")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("body[data-playground=ran]")
    expect(page.locator("#pg-problem")).to_be_hidden()
    assert all("404" in error or name in error for error in visit.errors)
    visit.errors.clear()


def test_a_browser_without_webassembly_is_told_so(visit):
    """Nothing that the browser cannot use is loaded."""
    visit.page.add_init_script("delete globalThis.WebAssembly")
    page = visit.goto(PAGE)
    expect(page.get_by_role("alert")).to_contain_text("This browser runs no WebAssembly")
    expect(page.locator("#pg-loading")).to_be_hidden()


def test_without_scripts_the_page_says_that_it_needs_them(visiting):
    """And leads to the tutorial."""
    visit = visiting(java_script_enabled=False)
    page = visit.page
    page.goto(visit.site + PAGE)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("#pg")).to_be_hidden()


def test_opened_from_a_file_the_page_says_what_to_do(visit, folder):
    """Browsers take modules from servers only."""
    page = visit.page
    page.goto((folder / PAGE).as_uri())
    expect(page.get_by_text("The playground has not started.")).to_be_visible()
    expect(page.get_by_text("hatch run docs:serve")).to_be_visible()
    visit.errors.clear()
    visit.outside.clear()
