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
    """By its id, which is an anchor of the lists and of the pages of the areas."""
    pages = dict(KIT["pages"]())
    listed, squares = pages["reference/requirements.md"], pages["reference/kill-matrix.md"]
    for id_, rule in RULES.items():
        area = id_.partition(".")[0]
        assert f"[`{id_}`](requirements/{area}.md#{id_}){{ #{id_} }} " in listed
        assert f"## {id_} {{#{id_}}}" in pages[f"reference/requirements/{area}.md"]
        assert f'<span id="{id_}" class="st-square st-pass"' in squares
        faults = pages[f"reference/kill-matrix/{area}.md"]
        assert f'<tr id="{id_}"' in faults
        assert all(f"<code>{fault.__name__}</code>" in faults for fault in rule.faults)


def test_the_command_line_has_every_command():
    """And pytest's options and settings."""
    page = dict(KIT["pages"]())["reference/kit-command-line.md"]
    for command in ("run", "list", "explain", "smoke", "prove", "baseline", "diff", "replay"):
        assert f"## {command}\n\n```text\nUsage: sidetable-conformance {command} " in page
    assert "--sidetable-target=MODULE[:ATTRIBUTE]" in page
    assert "sidetable_known" in page


def test_every_report_has_the_command_that_repeats_it():
    """Target, edition, profiles and what is left out of the command are those of the report."""
    given = commands()
    assert given.keys() == {*COMMITTED, *KIT["OURS"]}
    for name, report in COMMITTED.items():
        expected = [report.target]
        if report.profile != "core":
            expected += ["--profile", report.profile]
        if report.header.without:
            expected += ["--without", ",".join(report.header.without)]
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
    for name, each in {"core-2026.11": report, **COMMITTED}.items():
        bold = "<b>conformant</b>, " if each.conformant else ""
        passed = bold + "{} of {}".format(*each.passed)
        cells = f"<tr><td>{KIT['SHORT'][each.target]}</td><td>{each.edition}</td><td>{passed}<"
        assert cells in page
        assert f'<a href="reports/{name}.json">' in page
    for row in report.results:
        area, _, rule = row.id.partition(".")
        assert f'<a href="requirements/{area}.html#{row.id}">{rule}</a>' in page


def test_the_report_on_pytorch_has_a_square_for_each_word():
    """With the word for who cannot see the square, and a group of rows for each case."""
    text = (PAGE.with_name("torch-report.md")).read_text(encoding="utf-8")
    page = KIT["torch_report"](text)
    _, _, table = text.partition("## Every case")
    assert "| eager |" in table
    assert "| eager |" not in page
    for word in ("right", "**wrong**", "raised", "refused"):
        assert page.count(f'title="{word.strip("*")}: ') == table.count(f"| {word} ") > 0


def test_the_page_on_pytorch_says_what_was_counted():
    """Each row of its table is one of the report's, as PyTorch is without the repair."""
    report, page = (
        re.findall(r"^\| (.+) \|$", (PAGE.parents[1] / name).read_text("utf-8"), re.MULTILINE)
        for name in ("reference/torch-report.md", "explanation/pytorch-cases.md")
    )
    counted = {tuple(row.split(" | ")[:6]) for row in report}
    rows = [tuple(row.split(" | ")) for row in page if len(row.split(" | ")) == 6]
    assert len(rows) > 10
    assert [row for row in rows[1:] if "---" not in row[0] and row not in counted] == []
