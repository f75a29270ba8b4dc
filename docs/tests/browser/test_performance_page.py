"""The page on performance: read at a glance, on a wide screen and on a phone."""

from __future__ import annotations

PAGE = "explanation/performance.html"
UNITS, TEXT = 480, 17  # how wide the picture is in its own units, and how high its text


def test_it_fits_on_one_screen(visit):
    """The picture and all that is said about it, with the bars at the top and at the bottom."""
    page = visit.goto(PAGE)
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height <= page.viewport_size["height"]


def test_the_picture_can_be_read_on_a_phone(visiting):
    """It is on the first screen, and its text is not much smaller than the page's."""
    page = visiting(width=390).goto(PAGE)
    picture = page.locator("article img").bounding_box()
    assert picture["y"] + picture["height"] < page.viewport_size["height"]
    assert picture["width"] / UNITS * TEXT >= 12
