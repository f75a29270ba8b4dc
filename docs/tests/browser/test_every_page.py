"""Every page of the site, on a wide screen and on a phone's, in light and in dark."""

from __future__ import annotations

import pytest

FITS = "width => document.documentElement.scrollWidth === width"


@pytest.mark.parametrize(("scheme", "widths"), [("light", (1280, 390)), ("dark", (390, 1280))])
def test_a_page_loads_without_a_fault_and_fits_its_screen(visiting, path, scheme, widths):
    """Nothing is wider than the screen, fails to load, or comes from elsewhere."""
    page = visiting(width=widths[0], scheme=scheme).goto(path)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(FITS, arg=width)  # what was a drawer moves there
