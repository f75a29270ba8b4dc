"""The pages about the kit that are made with the site, and the reports that they are made of."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest

from sidetable_conformance import read_report, requirements, run
from sidetable_conformance.rules import RULES
from sidetable_conformance.spec import frozen_edition

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "conformance-matrix.md"
KIT = runpy.run_path(str(ROOT / ".ci" / "kit_pages.py"))
COMMITTED = {
    path.stem: read_report(path.read_text(encoding="utf-8"), path.name)
    for path in sorted(PAGE.with_name("reports").glob("*.json"))
}


def commands():
    """Returns the arguments of each command that the page gives to write a report, by its name."""
    page = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"^sidetable-conformance run (.*)$", page, re.MULTILINE)
    return {Path(words[-1]).stem: words[:-2] for words in map(shlex.split, found)}


def test_every_requirement_and_every_fault_is_on_a_page():
    """By its id, which is an anchor."""
    pages = dict(KIT["pages"]())
    for id_, rule in RULES.items():
        assert f"### {id_} {{#{id_}}}" in pages["reference/requirements.md"]
        assert f"## {id_} {{#{id_}}}" in pages["reference/kill-matrix.md"]
        assert all(
            f"| `{fault.__name__}` |" in pages["reference/kill-matrix.md"] for fault in rule.faults
        )


def test_the_command_line_has_every_command():
    """And pytest's options and settings."""
    page = dict(KIT["pages"]())["reference/kit-command-line.md"]
    for command in ("run", "list", "explain", "smoke", "prove", "baseline", "diff", "replay"):
        assert f"## {command}\n\n```text\nUsage: sidetable-conformance {command} " in page
    assert "--sidetable-target=MODULE[:ATTRIBUTE]" in page
    assert "sidetable_known" in page


def test_every_report_has_the_command_that_repeats_it():
    """Target, edition, profiles and capabilities of the command are those of the report."""
    given = commands()
    assert given.keys() == {*COMMITTED, *KIT["OURS"]}
    for name, report in COMMITTED.items():
        expected = [report.target]
        if report.profile != "core":
            expected += ["--profile", report.profile]
            for capability in report.header.capabilities:
                expected += ["--capability", capability]
        if report.edition != "2026.11":
            expected += ["--edition", report.edition]
        assert given[name] == expected


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_report_has_all_that_its_edition_asks(name):
    """None is left from before a requirement was added, or from another freeze."""
    report = COMMITTED[name]
    frozen = frozen_edition(report.edition)
    asked = {row.id for row in requirements() if row.profile in report.profile.split(",")}
    assert {row.id for row in report.results} == {id_ for id_ in asked if id_ in frozen}
    for row in report.results:
        sentence = RULES[row.id].requirement.sentence(report.edition)
        assert row.requirement.sentence(report.edition) == sentence


def test_the_matrix_has_a_column_for_each_report():
    """With what passed of what applies, and a row for each requirement."""
    report = run("sidetable_core:SideTable", budget="none")
    page = KIT["matrix"](PAGE.read_text(encoding="utf-8"), {"core-2026.11": report})
    assert "<!--" not in page
    assert "| `sidetable_core:SideTable` | 2026.11 | core |" in page
    for name, each in COMMITTED.items():
        assert f"| `{each.target}` | {each.edition} |" in page
        assert f"(<reports/{name}.json>)" in page
    assert all(f"[`{row.id}`](<requirements.md#{row.id}>)" in page for row in report.results)
