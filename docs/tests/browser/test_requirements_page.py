"""The list of requirements, and the page of an area: each rule has an address that leads to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

REPORTS = Path(__file__).resolve().parents[2] / "reference" / "reports"
PAGE = "reference/requirements.html"


def test_every_requirement_of_a_report_has_an_anchor(visit):
    """Of every report that is committed: its reader gets from an id to the rule."""
    anchors = visit.goto(PAGE).evaluate("[...document.querySelectorAll('[id]')].map(it => it.id)")
    ids = {
        row["id"]
        for path in REPORTS.glob("*-*.json")
        for row in json.loads(path.read_text(encoding="utf-8"))["results"]
    }
    assert len(ids) > 80
    assert {id_ for id_ in ids if anchors.count(id_) != 1} == set()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("id_", ["index.dense-from-zero", "frame.restores", "robust.fork"])
def test_an_address_leads_to_its_rule(visiting, id_, width):
    """The rule is on the screen, below the bar that covers the top."""
    page = visiting(width=width).goto(f"{PAGE}#{id_}")
    heading = page.locator(f"[id='{id_}']")
    expect(heading).to_be_in_viewport()
    bar = page.locator(".md-header").bounding_box()
    assert heading.bounding_box()["y"] >= bar["y"] + bar["height"] - 1


def test_the_list_leads_to_the_page_of_the_area(visit):
    """To the rule itself, whose heading shows its own address."""
    page = visit.goto(PAGE)
    page.locator("[id='store.holds-weakly']").click()
    page.wait_for_url("**/requirements/store.html#store.holds-weakly")
    heading = page.locator("[id='store.holds-weakly']")
    expect(heading).to_be_in_viewport()
    heading.hover()
    heading.locator(".headerlink").click()
    assert page.url.endswith("#store.holds-weakly")
