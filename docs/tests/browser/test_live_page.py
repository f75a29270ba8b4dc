"""The page of a watch: its timeline, by keyboard and on a phone."""

from __future__ import annotations

import pytest

PAGE = "assets/live-timeline.html"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_arrow_ends_in_the_lane_that_looked_up(visiting, width):
    """It begins at the bar whose object was found, and ends at the caller's own."""
    page = visiting(width=width).goto(PAGE)
    own, found = (page.locator(f".bar.{role}").bounding_box() for role in ("own", "found"))
    arrow = page.locator(".arrow").bounding_box()
    ends = sorted((arrow["y"], arrow["y"] + arrow["height"]))
    for bar, end in zip(sorted((own, found), key=lambda bar: bar["y"]), ends, strict=True):
        assert bar["y"] <= end <= bar["y"] + bar["height"]
    assert abs(arrow["x"] - (own["x"] + own["width"])) < 4
    assert page.locator(".timeline text", has_text="request 1").is_visible()


def test_each_bar_is_reached_by_keyboard_and_leads_to_its_call(visiting):
    """The skip link, the finding, and then the bars in order."""
    page = visiting().goto(PAGE)
    bars = page.locator(".timeline a").count()
    for _ in range(2):
        page.keyboard.press("Tab")
    for number in range(1, bars + 1):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == f"#call-1-{number}"
    page.keyboard.press("Enter")
    assert page.locator(f"#call-1-{bars}:target").is_visible()


def test_a_finding_can_be_closed_without_a_script(visiting):
    """Also where scripts are off."""
    page = visiting(java_script_enabled=False).goto(PAGE)
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".timeline").is_hidden()
