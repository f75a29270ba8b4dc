"""The page of requirements says what the list says."""

from __future__ import annotations

import re

from sidetable_conformance import Requirement
from sidetable_conformance.reports.behind import behind
from sidetable_conformance.spec.listing import Listing, listing
from sidetable_conformance.spec.page import AREAS, requirements_page
from sidetable_conformance.spec.unchecked import Reserved, Retired


def test_every_id_is_an_anchor_once() -> None:
    """A link to an id can not miss, and every link on the page is to one."""
    page = requirements_page(listing())
    anchors = re.findall(r"^### (\S+) \{#(\S+)\}$", page, re.MULTILINE)
    assert all(title == anchor for title, anchor in anchors)
    assert sorted(anchor for _, anchor in anchors) == sorted(e.id for e in listing().entries)
    assert {*re.findall(r"\]\(#([^)]*)\)", page)} <= {anchor for _, anchor in anchors}


def test_what_stands_behind_a_rule_is_said_last() -> None:
    """Its check, by its name in the kit, and every fault that it was tried by."""
    said = behind()
    assert said.keys() == {row.id for row in listing().requirements}
    assert said["lookup.identity"].startswith(
        "Checked by `checks.lookup.identity`; tried by [7 faults](kill-matrix.md#lookup.identity): "
    )
    row = Requirement("area.own", "MUST", "core", "Something is asked.")
    page = requirements_page(Listing((row,)), {"area.own": "Checked by somebody."})
    assert page.endswith("**Something is asked.**\n\nChecked by somebody.\n")


def test_a_single_fault_is_one() -> None:
    """The number and its noun agree."""
    one, several = " [1 fault](", " faults]("
    assert all((one in text) != (several in text) for text in behind().values())


def test_every_area_has_a_heading() -> None:
    """Areas stand in the order of the list, under words that people read."""
    areas = list(dict.fromkeys(row.area for row in listing().requirements))
    assert list(AREAS) == areas


def test_a_requirement_of_one_edition_says_so() -> None:
    """What is not asked everywhere is marked, as is what is retired."""
    row = Requirement("area.own", "MUST", "core", "Something is asked.", editions=("2026.11",))
    page = requirements_page(
        Listing((row,), retired=(Retired("area.gone", "2026.11", "Nobody needs it."),))
    )
    section = (
        "## area\n\n### area.own {#area.own}\n\n"
        "*MUST; profile core; asked in 2026.11 only*\n\n**Something is asked.**\n"
    )
    assert section in page
    assert page.endswith("### area.gone {#area.gone}\n\nSince 2026.11. Nobody needs it.\n")


def test_what_is_to_come_stands_under_its_profile() -> None:
    """A rule without a check has a section that says so."""
    row = Requirement("area.own", "MUST", "core", "Something is asked.")
    later = Reserved("area.later", "robust", "Something will be asked.")
    page = requirements_page(Listing((row,), reserved=(later,)))
    assert (
        "## Reserved for profile robust\n\nTo be asked once there are checks for it.\n\n"
        "### area.later {#area.later}\n\nSomething will be asked.\n"
    ) in page
