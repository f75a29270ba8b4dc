"""The playground by axe-core, in both colour schemes, with everything on it that can be."""

from __future__ import annotations

from pathlib import Path

import pytest

AXE = Path(__file__).resolve().parents[3] / ".ci" / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """async () => (await axe.run()).violations.map(
  ({ id, impact, nodes }) => [impact, id, nodes.map((node) => node.target.join(" "))])"""


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1280),
        ("dark", 390),
        # Each loads Python anew, which takes longer than anything else here.
        pytest.param("light", 390, marks=pytest.mark.deep),
        pytest.param("dark", 1280, marks=pytest.mark.deep),
    ],
)
def test_axe_finds_no_serious_fault(visiting, width, scheme):
    """With a picture, an error, the words opened, and a report with failures in it."""
    page = visiting(width=width, scheme=scheme).goto("playground.html")
    page.select_option("#pg-example", label="An object dies")
    page.fill("#pg-source", page.input_value("#pg-source") + "\ndel one\ntable.get(0)\n")
    page.click("#pg-run")
    page.wait_for_selector(".pg-failure")
    page.click(".pg-words summary")
    page.select_option("#pg-target", label="The same with a fault in its store")
    page.click("#pg-judge")
    page.wait_for_selector("body[data-kit=ran]")
    for summary in page.locator("#pg-report summary").all():
        summary.click()
    page.add_script_tag(path=AXE)
    assert [row for row in page.evaluate(CHECK) if row[0] in ("serious", "critical")] == []
