"""What axe-core finds on a page of each kind, in light and in dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest

AXE = Path(__file__).resolve().parents[3] / ".ci" / "node_modules" / "axe-core" / "axe.min.js"

PAGES = (
    "index.html",
    "404.html",
    "tutorial/first-conformance-run.html",  # what a terminal shows
    "how-to/bring-your-own-codegen.html",  # long code
    "explanation/lifetimes.html",  # pictures
    "explanation/isolation.html",  # tables
    "explanation/glossary.html",  # definitions
    "reference/index.html",
    "reference/sidetable_core.html",  # made from docstrings
    "reference/torch-report.html",
    "reference/requirements.html",  # made from the list of requirements
    "reference/requirements/store.html",
    "reference/conformance-matrix.html",  # made from reports
    "reference/kill-matrix.html",  # squares alone
    "reference/kill-matrix/store.html",
    "reference/kit-command-line.html",
    "assets/live-timeline.html",  # what a watch writes, whose policy allows no script
)
GRAVE = ("serious", "critical")


@pytest.mark.parametrize("sample", PAGES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_serious_fault_is_found(visiting, sample, scheme, width):
    """Contrast, names, roles, and all else that can be seen by a program."""
    page = visiting(width=width, scheme=scheme, bypass_csp=True).goto(sample)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "nothing was looked at"
    assert [
        f"{fault['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ] == []
