"""The conformance kit in the playground: from the button to the verdicts."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

TARGETS = Path(__file__).resolve().parents[2] / "assets" / "playground" / "targets"
RIGHT = (TARGETS / "small_table.py").read_text("utf-8")
OWN = "A small table of one's own"


def judge(page, title, source=None):
    """Runs the kit on one of the implementations, or on another text in its place."""
    page.select_option("#pg-target", label=title)
    if source is not None:
        page.fill("#pg-module", source)
    page.evaluate("document.body.dataset.kit = ''")
    page.click("#pg-judge")
    page.wait_for_selector("body[data-kit=ran]")


def test_the_kit_finds_the_reference_conformant(playground):
    """What cannot be tested in a browser is counted and explained, and the rest passes."""
    judge(playground, "The reference implementation")
    expect(playground.locator(".pg-headline")).to_have_class(re.compile("pg-headline-good"))
    verdicts = playground.locator("tr[data-id]")
    found = {verdicts.nth(at).get_attribute("data-verdict") for at in range(verdicts.count())}
    assert found <= {"pass", "not-testable", "not-applicable"}
    for area in ("frame", "handle", "robust"):
        passed = playground.locator(f"tr[data-id^='{area}.'][data-verdict=pass]")
        assert passed.count() > 1
    if "not-testable" in found:
        expect(playground.locator("#pg-report .pg-note").first).to_contain_text("not testable here")
    expect(playground.locator("#pg-kit-status")).to_contain_text("Conformant")


def test_a_pasted_table_with_a_fault_turns_red_on_its_own_id(playground):
    """And on no other; the id leads to the rule."""
    wrong = RIGHT.replace("= dict(enumerate(references))", ".update(enumerate(references))")
    assert wrong != RIGHT
    judge(
        playground,
        OWN,
        wrong,
    )
    failed = playground.locator("tr[data-verdict=fail]")
    assert failed.count() == 1
    expect(failed).to_have_attribute("data-id", "store.replaces-all")
    expect(failed).to_contain_text("expected")
    link = failed.get_by_role("link")
    assert link.get_attribute("href") == "reference/requirements.html#store.replaces-all"
    expect(playground.locator(".pg-headline")).to_have_class(re.compile("pg-headline-bad"))


def test_a_table_that_is_right_turns_green_again(playground):
    """The verdict is on what stands in the editor now."""
    judge(playground, OWN, RIGHT)
    expect(playground.locator(".pg-headline")).to_have_class(re.compile("pg-headline-good"))


def test_a_module_that_cannot_be_imported_is_shown_as_text(playground):
    """With the line that failed."""
    judge(playground, OWN, "x = 1\nraise ValueError('<b>')\n")
    expect(playground.locator("#pg-kit-status")).to_contain_text("cannot be imported")
    expect(playground.locator("#pg-report")).to_contain_text("ValueError: <b>")
    expect(playground.locator("#pg-module-lines .pg-wrong")).to_contain_text("raise ValueError")


def test_a_link_to_a_rule_arrives_there(visit):
    """The anchor is on the page of requirements."""
    page = visit.goto("reference/requirements.html#store.replaces-all")
    expect(page.locator("[id='store.replaces-all']")).to_be_in_viewport()


def test_the_kit_can_be_stopped(playground):
    """Also where the table that it runs does not come back."""
    endless = RIGHT.replace(
        "def has_user_objects(self):", "def has_user_objects(self):\n        while True: pass"
    )
    playground.select_option("#pg-target", label=OWN)
    playground.fill("#pg-module", endless)
    playground.click("#pg-judge")
    expect(playground.locator("#pg-judge-stop")).to_have_attribute("aria-disabled", "false")
    playground.click("#pg-judge-stop")
    playground.wait_for_selector("body[data-playground=ready]")
    expect(playground.locator("#pg-kit-progress")).to_be_hidden()
    judge(playground, OWN, RIGHT)
    expect(playground.locator(".pg-headline")).to_have_class(re.compile("pg-headline-good"))
