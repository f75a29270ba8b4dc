"""The conformance matrix is made of the reports beside it, and these are still true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from sidetable_conformance import requirements, run
from sidetable_conformance.commands.main import main
from sidetable_conformance.reports.wording import counted, score, title
from sidetable_conformance.spec.editions import frozen_edition
from sidetable_conformance.verdicts.reading import read_report

PAGE = Path(__file__).resolve().parents[1] / "reference" / "conformance-matrix.md"
FOLDER = PAGE.with_name("reports")
REPORTS = {
    path.name: read_report(path.read_text(encoding="utf-8"), path.name)
    for path in sorted(FOLDER.glob("*.json"))
}


def commands():
    """Returns the arguments of each command that the page gives to write a report, by its name."""
    page = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"^sidetable-conformance run (.*)$", page, re.MULTILINE)
    return {Path(words[-1]).name: words[:-2] for words in map(shlex.split, found)}


def test_the_table_is_made_of_the_reports(tmp_path, capsys):
    """The command that the page gives writes the table that it shows."""
    table = tmp_path / "matrix.md"
    files = [str(FOLDER / name) for name in REPORTS]
    assert main(["matrix", *files, "--rules", "requirements.md", "--markdown", str(table)]) == 0
    assert capsys.readouterr().out
    assert (FOLDER / "matrix.md").read_text(encoding="utf-8") == table.read_text(encoding="utf-8")
    assert '--8<-- "docs/reference/reports/matrix.md"' in PAGE.read_text(encoding="utf-8")


def test_every_report_has_the_command_that_repeats_it():
    """Target, edition, profiles and capabilities of the command are those of the report."""
    given = commands()
    assert given.keys() == REPORTS.keys()
    for name, report in REPORTS.items():
        expected = [report.target]
        if report.profile != "core":
            expected += ["--profile", report.profile]
            for capability in report.header.capabilities:
                expected += ["--capability", capability]
        if report.edition != "2026.11":
            expected += ["--edition", report.edition]
        assert given[name] == expected


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_all_that_its_edition_asks(name):
    """None is left from before a requirement was added, or from another freeze."""
    report = REPORTS[name]
    frozen = {rule.id: rule.sentence for rule in frozen_edition(report.edition).rules}
    asked = {row.id for row in requirements() if row.profile in report.profile.split(",")}
    assert {row.id for row in report.results} == {id_ for id_ in asked if id_ in frozen}
    for row in report.results:
        assert row.requirement.sentence(report.edition) == frozen[row.id]


@pytest.mark.parametrize("name", REPORTS)
def test_the_overview_says_what_the_report_says(name):
    """Target, edition, profiles, the verdict on the whole, and what passed of what applies."""
    report = REPORTS[name]
    passed, applies = score(report).split()[-1].split("/")
    verdict = f"{passed} of {applies}"
    if report.conformant:
        verdict = f"**{title(report)}**, {verdict}"
    profiles = report.profile.replace(",", ", ")
    cells = [f"`{report.target}`", report.edition, profiles, verdict, f"[JSON](reports/{name})"]
    row = f"| {' | '.join(cells)} |"
    assert row in PAGE.read_text(encoding="utf-8").splitlines(), counted(report)


@pytest.mark.parametrize("name", ["core-dynamo-2.13.json", "facade-dynamo-2.13.json"])
def test_a_report_is_still_true(name):
    """The target gets the same verdicts today."""
    report = REPORTS[name]
    again = run(report.target, edition=report.edition, profile=report.profile, budget="none")
    now = {row.id: row.verdict for row in again.results}
    assert now == {row.id: row.verdict for row in report.results}
