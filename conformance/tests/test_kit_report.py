"""Reports as JSON, and as a person sees them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from rich.console import Console

from sidetable_conformance import Report, Requirement, Result, Verdict, requirements, run
from sidetable_conformance.reports.terminal import failure_lines, show_report, show_requirements
from sidetable_conformance.mutants import CorrectTable

HOSTILE = "[bold red]x[/]\x1b[31m\n\u202e:smile:"
MUST = Requirement("area.rule", "MUST", "core", "Something is asked.")
SHOULD = Requirement("area.other", "SHOULD", "core", "Something else should be.")
REPORT = Report(
    target="mine:Table",
    edition="2026.11",
    profile="core",
    results=(
        Result(MUST, Verdict.PASS),
        Result(SHOULD, Verdict.NOT_APPLICABLE, "the target has no set"),
        Result(MUST, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c"),
        Result(MUST, Verdict.ERROR, "the check went wrong: KeyError"),
    ),
)


def shown(report: Report, *, terminal: bool = False) -> str:
    """Returns a report as it is printed."""
    output = io.StringIO()
    console = Console(
        file=output, force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    show_report(report, console)
    return output.getvalue()


def test_json_has_the_schema() -> None:
    """Every key of the schema is there, and a failure has its facts."""
    assert json.loads(REPORT.to_json()) == {
        "schema": 1,
        "target": "mine:Table",
        "edition": "2026.11",
        "profile": "core",
        "conformant": False,
        "summary": {"pass": 1, "fail": 1, "not-applicable": 1, "error": 1},
        "results": [
            {"id": "area.rule", "level": "MUST", "verdict": "pass", "message": ""},
            {
                "id": "area.other",
                "level": "SHOULD",
                "verdict": "not-applicable",
                "message": "the target has no set",
            },
            {
                "id": "area.rule",
                "level": "MUST",
                "verdict": "fail",
                "message": "a: expected b; seen c",
                "when": "a",
                "expected": "b",
                "seen": "c",
            },
            {
                "id": "area.rule",
                "level": "MUST",
                "verdict": "error",
                "message": "the check went wrong: KeyError",
            },
        ],
    }


def test_json_of_a_real_run_counts_right(make: Callable[[], CorrectTable]) -> None:
    """The summary counts the results, and every requirement is among them."""
    document = json.loads(run(make).to_json())
    assert document["summary"] == {"pass": 58, "fail": 0, "not-applicable": 0, "error": 0}
    assert [row["id"] for row in document["results"]] == [row.id for row in requirements()]
    assert document["conformant"] is True


def test_json_is_ascii() -> None:
    """No encoding can spoil it, whatever a target says."""
    report = Report("t\udcff\u202e", "2026.11", "core", ())
    assert report.to_json().isascii()
    assert json.loads(report.to_json())["target"] == "t\udcff\u202e"


def test_a_person_sees_every_verdict_and_why() -> None:
    """Rows for all, a block for what did not pass, and the last line for the whole."""
    text = shown(REPORT)
    assert "mine:Table  edition 2026.11  profile core" in text
    assert [word for word in text.split() if word in {v.value for v in Verdict}][:4] == [
        "pass",
        "not-applicable",
        "fail",
        "error",
    ]
    assert (
        "area.rule  MUST\n"
        "    Something is asked.\n"
        "    when      a\n"
        "    expected  b\n"
        "    seen      c\n" in text
    )
    assert "    the check went wrong: KeyError\n" in text
    assert text.endswith(
        "\nnot conformant: 1 of 4 requirements pass (1 fail, 1 not-applicable, 1 error)\n"
    )


def test_colour_is_for_terminals_only() -> None:
    """A pipe gets plain text."""
    assert "\x1b" not in shown(REPORT)
    assert "\x1b[1;31m" in shown(REPORT, terminal=True)
    assert "\x1b[1;32mconformant" in shown(Report("a", "b", "c", ()), terminal=True)


def test_a_long_line_reaches_a_pipe_whole() -> None:
    """Nothing is cut or broken to the width of a terminal that is not there."""
    long = " ".join(["word"] * 100)
    report = Report("mine", "2026.11", "core", (Result(MUST, Verdict.FAIL, "", "", "", long),))
    assert f"    seen      {long}\n" in shown(report)


@pytest.mark.parametrize("terminal", [False, True])
def test_what_comes_from_outside_is_only_text(terminal: bool) -> None:
    """Markup, escape sequences and line ends in names and messages neither style nor move."""
    report = Report(
        target=HOSTILE,
        edition="2026.11",
        profile="core",
        results=(
            Result(MUST, Verdict.FAIL, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
            Result(MUST, Verdict.ERROR, HOSTILE),
        ),
    )
    text = shown(report, terminal=terminal)
    safe = r"[bold red]x[/]\x1b[31m\n\u202e:smile:"
    assert text.count(safe) == 5
    assert "\u202e" not in text
    assert "\x1b[31m\n" not in text


def test_the_lines_of_a_failure_have_the_sentence_of_the_edition() -> None:
    """What is quoted is what the edition asks, not what another one does."""
    [row] = [row for row in requirements() if row.id == "store.failure"]
    result = Result(row, Verdict.FAIL, "", "a", "b", "c")
    assert "the previous binding is whole" in failure_lines(result, "2026.11")[0]
    assert "nothing is bound" in failure_lines(result, "dynamo-2.13")[0]


def test_requirements_are_listed_with_what_is_special() -> None:
    """A requirement shows its level, whether editions differ, and whom it is asked of."""
    output = io.StringIO()
    rows = [row for row in requirements() if row.id in ("store.large", "set.bounds")]
    show_requirements(rows, "2026.11", Console(file=output))
    assert output.getvalue() == (
        "store.large  MUST\n"
        "    A store of 65,536 objects puts every one at its position, and a smaller one afterwards"
        " clears them all.\n"
        "set.bounds  MUST  stricter in 2026.11  asked of targets with set\n"
        "    A set at an index that is neither bound nor registered is the error of a lookup and"
        " changes nothing.\n"
    )
