"""Every page of the site, on a wide screen and on a phone's, in light and in dark."""

from __future__ import annotations

import pytest

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_fits_its_screen_and_loads_without_a_fault(visiting, path, width, scheme):
    """Nothing is wider than the screen, fails to load, or comes from elsewhere."""
    page = visiting(width=width, scheme=scheme).goto(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
