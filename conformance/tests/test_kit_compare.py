"""Reports against each other, and a report against a new run of its target."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidetable_conformance import Report, Requirement, Result, Verdict
from sidetable_conformance.commands.main import main
from sidetable_conformance.reports.comparison import Difference, differences
from sidetable_conformance.verdicts.report import digest_of

pytestmark = pytest.mark.slow

RULE = Requirement("area.rule", "MUST", "core", "Something is asked.")
OTHER = Requirement("area.other", "MUST", "core", "Something else is asked.")
PASSED = Result(RULE, Verdict.PASS)
FAILED = Result(RULE, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c")
MORE = Result(OTHER, Verdict.PASS)

Write = Callable[..., str]


def report_of(*results: Result, target: str = "mine") -> Report:
    """Returns a report with these results."""
    return Report(target, "2026.11", "core", results)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a report to a file, and returns its path."""

    def save(report: Report, name: str = "report.json") -> str:
        path = tmp_path / name
        path.write_text(report.to_json(), encoding="utf-8")
        return str(path)

    return save


@pytest.fixture
def here(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a project of somebody else's, which is the current one."""
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield project
    sys.modules.pop("mine", None)


def test_differences_are_of_verdicts() -> None:
    """What two reports agree on is none; what one of them lacks is."""
    before, after = report_of(PASSED, MORE), report_of(FAILED)
    assert differences(before, after) == (
        Difference("area.rule", "pass", "fail"),
        Difference("area.other", "pass", "not asked"),
    )
    assert differences(after, before) == (
        Difference("area.rule", "fail", "pass"),
        Difference("area.other", "not asked", "pass"),
    )
    assert differences(before, before) == ()


def test_differences_may_be_of_what_was_seen() -> None:
    """Where it matters, a failure of another kind is another failure."""
    before, after = report_of(FAILED), report_of(replace(FAILED, seen="d"))
    assert differences(before, after) == ()
    assert differences(before, after, exact=True) == (Difference("area.rule", "seen c", "seen d"),)
    assert differences(before, before, exact=True) == ()


def test_diff_of_two_reports(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each difference, with what stands on either side."""
    before = write(report_of(PASSED, MORE, target="old"), "before.json")
    after = write(report_of(FAILED, MORE, target="[bold]new\x1b"), "after.json")
    assert main(["diff", before, after]) == 1
    output = capsys.readouterr().out
    assert "old 2026.11" in output
    assert "[bold]new\\x1b 2026.11" in output
    assert ["area.rule", "pass", "fail"] in [line.split() for line in output.splitlines()]
    assert "area.other" not in output
    assert output.endswith("different: 1 of 2 requirements\n")
    assert main(["diff", before, before]) == 0
    assert capsys.readouterr().out == "no difference: 2 requirements\n"


def test_diff_judges_a_target(here: Path, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A target is compared with a report as if it had one too."""
    assert main(["diff", write(report_of(PASSED)), "mine:Faulty"]) == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["area.rule", "pass", "not", "asked"] in lines
    assert ["store.returns-nothing", "not", "asked", "fail"] in lines


@pytest.mark.parametrize("command", ["verify", "diff", "matrix"])
def test_what_is_no_report_is_status_2(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is missing, that is no text, and that is no report."""
    path = tmp_path / "report.json"
    arguments = [command, str(path)] + [str(path)] * (command == "diff")
    assert main(arguments) == 2
    assert "report.json can not be used: No such file" in capsys.readouterr().err
    path.write_bytes(b"\xff")
    assert main(arguments) == 2
    assert "report.json can not be used: it is not UTF-8" in capsys.readouterr().err
    path.write_text("{}")
    assert main(arguments) == 2
    assert "report.json can not be used: it is not a report" in capsys.readouterr().err


def test_a_pipe_gets_every_name_whole(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """However long the names of the targets are."""
    target = "a_package_of_mine.with_a_module:" + "Table" * 20
    assert main(["matrix", write(report_of(PASSED, target=target))]) == 0
    assert target in capsys.readouterr().out


def test_matrix_puts_reports_side_by_side(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A column for each report, and a row for every id that one of them has."""
    files = [
        write(report_of(PASSED, MORE, target="one|*"), "one.json"),
        write(report_of(FAILED, target="two"), "two.json"),
    ]
    page = tmp_path / "matrix.md"
    assert main(["matrix", *files, "--markdown", str(page)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["requirement", "one|*", "two"]
    assert ["core", "2026.11", "2/2", "core", "2026.11", "0/1"] in lines
    assert ["area.rule", "pass", "fail"] in lines
    assert ["area.other", "pass", "not", "asked"] in lines
    assert page.read_text(encoding="utf-8") == (
        "| requirement | `one\\|*` | `two` |\n"
        "|---|---|---|\n"
        "|  | `core 2026.11 2/2` | `core 2026.11 0/1` |\n"
        "| `area.rule` | ✓ pass | ✗ fail |\n"
        "| `area.other` | ✓ pass | not asked |\n"
    )
    assert main(["matrix", *files]) == 0


def test_matrix_links_each_id_to_its_rule(write: Write, tmp_path: Path) -> None:
    """Where the page of requirements is named, as in a page of a documentation."""
    page = tmp_path / "matrix.md"
    options = ["--markdown", str(page), "--rules", "the rules.md"]
    assert main(["matrix", write(report_of(PASSED)), *options]) == 0
    line = "| [`area.rule`](<the%20rules.md#area.rule>) | ✓ pass |\n"
    assert page.read_text(encoding="utf-8").endswith(line)


def test_verify_finds_the_same_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then a verdict that is another now, a fact that is another, and another interpreter."""
    assert main(["run", "mine:Faulty", "--json", "report.json"]) == 1
    capsys.readouterr()
    assert main(["verify", "report.json"]) == 0
    assert capsys.readouterr().out == "the same: 58 results\n"
    path = here / "report.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    for row in document["results"]:
        if row["id"] == "store.returns-nothing":
            row["seen"] = "\x1b5"
        if row["id"] == "store.large":
            row["verdict"] = "vacuous"
    document["header"]["python"] = "3.0"
    document["footer"]["sha256"] = digest_of(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    assert main(["verify", "report.json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("note: python was 3.0, and is 3.")
    assert lines[1:] == [
        "store.large: vacuous -> pass",
        r"store.returns-nothing: seen \x1b5 -> seen '\x1b[31m[bold]stored[/bold]\n'",
        "different: 2 of 58 results",
    ]


@pytest.mark.parametrize("field", ["edition", "profile"])
def test_verify_refuses_what_this_kit_does_not_have(
    field: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """An edition or a profile of another kit's."""
    path = write(replace(report_of(PASSED), **{field: "other"}))
    assert main(["verify", path]) == 2
    assert "this kit does not have its edition" in capsys.readouterr().err


def test_verify_of_a_target_that_is_gone_is_status_2(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the report said of it."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert main(["verify", write(report_of(PASSED, target="no_such_module"))]) == 2
    assert "importing no_such_module gave" in capsys.readouterr().err
