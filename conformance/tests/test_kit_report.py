"""Reports as a person sees them on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from sidetable_conformance import Report, Requirement, Result, Verdict, requirements
from sidetable_conformance.output.terminal import (
    Waiting,
    failure_lines,
    show_report,
    show_requirements,
)
from sidetable_conformance.results import Header

HOSTILE = "[bold red]x[/]\x1b[31m\n\u202e:smile:"
MUST = Requirement("area.rule", "MUST", "core", "Something is asked.")
SHOULD = Requirement("area.other", "SHOULD", "core", "Something else should be.")
FAILED = Result(MUST, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c")
REPORT = Report(
    target="mine:Table",
    edition="2026.11",
    profile="core",
    results=(
        Result(MUST, Verdict.PASS),
        Result(SHOULD, Verdict.NOT_APPLICABLE, "the target has no set"),
        FAILED,
        Result(MUST, Verdict.ERROR, "the check went wrong: KeyError"),
    ),
)


def shown(report: Report, *, terminal: bool = False, saved: str = "") -> str:
    """Returns a report as it is printed."""
    output = io.StringIO()
    console = Console(
        file=output, force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    show_report(report, console, saved=saved)
    return output.getvalue()


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
        "    seen      c\n"
        "    explain   sidetable-conformance explain area.rule\n" in text
    )
    assert "    error     the check went wrong: KeyError\n" in text
    assert text.endswith("\nnot conformant: 1 of 3 requirements pass (1 fail, 1 error)\n")


def test_a_failure_shows_its_script_and_how_to_repeat_it() -> None:
    """Line by line, and the command that judges the target again by it."""
    failed = Result(MUST, Verdict.FAIL, "", "a", "b", "c", script="x = 1\ny = 2\n")
    report = Report("mine", "2026.11", "core", (failed,))
    text = shown(report, saved="my report.json")
    assert "    shown by  x = 1\n              y = 2\n" in text
    assert "    replay    sidetable-conformance replay 'my report.json' area.rule\n" in text
    assert "replay" not in shown(report)


def test_the_circumstances_stand_at_the_top() -> None:
    """What is not known of a run is not mentioned."""
    header = Header(
        kit="1.2",
        without=("set",),
        strength="2 of 2 faults caught",
        python="3.13.0",
        implementation="CPython",
        platform="linux",
        gil=False,
    )
    text = shown(Report("mine", "2026.11", "core", (), strict=True, header=header))
    assert "  kit             sidetable-conformance 1.2\n" in text
    assert "  strength        2 of 2 faults caught\n" in text
    assert "  interpreter     CPython 3.13.0, without the global lock, linux\n" in text
    assert "  strict          what cannot be tested counts as failed\n" in text
    assert text.endswith("; not asked: set\n")
    assert "budget" not in text
    assert "kit" not in shown(Report("mine", "2026.11", "core", ()))


def test_known_failures_are_said_to_be_known() -> None:
    """The last line never calls a target conformant for them."""
    known = Result(
        MUST, Verdict.FAIL, "", "a", "b", "c", known="future", reason="Later.", issue="#5"
    )
    text = shown(Report("mine", "2026.11", "core", (known, Result(SHOULD, Verdict.PASS))))
    assert "    future    Later. #5\n" in text
    assert text.endswith("\nnot conformant: 1 known failure; 1 of 2 requirements pass (1 fail)\n")
    mixed = Report("mine", "2026.11", "core", (known, known, FAILED))
    assert shown(mixed).endswith(
        "\nnot conformant: 0 of 3 requirements pass (3 fail), and 2 known failures among them\n"
    )
    both = Report("mine", "2026.11", "core", (known, known))
    assert "\nnot conformant: 2 known failures; " in shown(both)


def test_what_is_not_scored_says_so() -> None:
    """It has failed, and the report is conformant all the same."""
    later = Result(MUST, Verdict.FAIL, "", "a", "b", "c", scored=False)
    text = shown(Report("mine", "2026.11", "core", (later, Result(SHOULD, Verdict.PASS))))
    assert "not scored  it was added after the edition was frozen" in text
    assert text.endswith("\nconformant: 1 of 1 requirements pass (1 fail, 1 not scored)\n")


def test_colour_is_for_terminals_only() -> None:
    """A pipe gets plain text."""
    assert "\x1b" not in shown(REPORT)
    assert "\x1b[1;31m" in shown(REPORT, terminal=True)
    assert "\x1b[1;32mconformant" in shown(
        Report("a", "b", "c", (Result(SHOULD, Verdict.PASS),)), terminal=True
    )


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
            Result(MUST, Verdict.FAIL, HOSTILE, HOSTILE, HOSTILE, HOSTILE, script=HOSTILE),
            Result(MUST, Verdict.ERROR, HOSTILE, known="future", reason=HOSTILE, issue=HOSTILE),
        ),
        header=Header(without=(HOSTILE,), strength=HOSTILE),
    )
    text = shown(report, terminal=terminal, saved=HOSTILE)
    safe = r"[bold red]x[/]\x1b[31m\n\u202e:smile:"
    assert text.count(safe) == 10
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
        "set.bounds  MUST  stricter in 2026.11  about set\n"
        "    A set at an index that is neither bound nor registered is the error of a lookup and"
        " changes nothing.\n"
    )


def progress_of(*times: float, terminal: bool = True) -> str:
    """Returns what a run that is at these times, in seconds, shows of its progress."""
    output = io.StringIO()
    clock = iter((0.0, *times))
    console = Console(file=output, force_terminal=terminal, width=80)
    with Waiting(console, lambda: next(clock)) as progress:
        for _ in times:
            progress.show(MUST)
    return output.getvalue()


def test_progress_is_shown_to_who_has_waited() -> None:
    """After a second, a terminal gets the requirement that is judged."""
    assert progress_of(0.1, 0.9) == ""
    assert "judging area.rule, number 2" in progress_of(0.1, 1.1)


def test_a_pipe_gets_no_progress() -> None:
    """However long a run takes."""
    assert progress_of(100, terminal=False) == ""
