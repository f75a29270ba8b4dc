"""Failures that are known: the file of them, and what a run makes of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from sidetable_conformance import InputError, Report, Requirement, Result, Verdict
from sidetable_conformance.known import (
    KnownFailure,
    KnownFailures,
    baseline,
    has_no_reason,
    read_known,
    write_known,
)

RULE = Requirement("area.rule", "MUST", "core", "Something is asked.")
OTHER = Requirement("area.other", "MUST", "core", "Something else is asked.")
THIRD = Requirement("area.third", "MUST", "core", "A third thing is asked.")
IDS = {"area.rule", "area.other", "area.third"}
FILE = """
[known."area.rule"]
kind = "by-design"
reason = "It is meant so."

[edition."2026.11".known."area.other"]
kind = "known-bug"
reason = "Nobody had time."
issue = "#5"
"""
KNOWN = KnownFailures(
    (
        KnownFailure("area.rule", "by-design", "It is meant so."),
        KnownFailure("area.other", "known-bug", "Nobody had time.", "#5", "2026.11"),
    )
)


def report_of(*results: Result, edition: str = "2026.11") -> Report:
    """Returns a report with these results."""
    return Report("mine", edition, "core", results)


def test_a_file_is_read() -> None:
    """Entries for every edition, and for one of them."""
    assert read_known(FILE) == KNOWN
    assert read_known("") == KnownFailures()


def test_what_is_written_is_read_back() -> None:
    """Whatever is in a reason."""
    odd = KnownFailure("area.third", "future", 'a "b" \\ \n\t\x7f\x1b\u202e end', "", "dynamo-2.13")
    known = KnownFailures((*KNOWN.entries, odd))
    assert read_known(write_known(known)) == known


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[", "it is not TOML: "),
        ("[know]", "it has know; allowed here: edition, known"),
        ("known = 5", "known of the file is not an object"),
        ("[known.\"no id\"]\nkind='future'", "no id of known of the file is not an id"),
        ("known.'area.rule' = 5", "area.rule of known of the file is not an object"),
        ("[known.'area.rule']\nkind = 'future'", "area.rule of known of the file has no reason"),
        (
            "[known.'area.rule']\nkind = 'bug'\nreason = 'a'",
            "kind of area.rule of known of the file is not one of known-bug, by-design, future",
        ),
        (
            "[known.'area.rule']\nkind = 'future'\nreason = 'a'\nwhy = 'b'",
            "it has why; allowed here: issue, kind, reason",
        ),
        ("[edition.'2025']", "it has 2025; allowed here: 2026.11, dynamo-2.13"),
        ("[edition.'2026.11'.'area.rule']", "it has area.rule; allowed here: known"),
        (
            FILE + "[edition.'2026.11'.known.'area.rule']\nkind = 'future'\nreason = 'a'",
            "area.rule is listed for every edition and for one of them",
        ),
        (
            FILE.replace("Nobody had time.", "  "),
            "give a reason for area.other",
        ),
        (
            FILE.replace("Nobody had time.", "todo: say why it fails"),
            "give a reason for area.other",
        ),
    ],
    ids=count(),
)
def test_a_file_that_is_wrong_is_refused(text: str, reason: str) -> None:
    """A slip in it never hides a failure."""
    with pytest.raises(InputError) as caught:
        read_known(text, "known.toml")
    assert str(caught.value).startswith(f"known.toml cannot be used: {reason}")


def test_reasons_may_be_missing_while_the_file_is_made() -> None:
    """Only the command that makes it reads it so."""
    text = FILE.replace("Nobody had time.", "TODO")
    entries = read_known(text, unfinished=True).entries
    assert [has_no_reason(entry) for entry in entries] == [False, True]


def test_an_edition_may_be_known_apart() -> None:
    """The same id fails in each for a reason of its own."""
    entries = tuple(KnownFailure("area.rule", "future", name, "", name) for name in ("a", "b"))
    known = KnownFailures(entries)
    assert known.listed("area.rule", "b") == entries[1]
    assert known.listed("area.rule", "c") is None


def test_a_known_failure_is_marked_and_nothing_else_is() -> None:
    """Its kind, reason and issue are its result's; what is not listed is as it was."""
    other = Result(OTHER, Verdict.FAIL)
    third = Result(THIRD, Verdict.FAIL)
    marked = KNOWN.applied(report_of(other, third))
    assert marked.results == (
        replace(other, known="known-bug", reason="Nobody had time.", issue="#5"),
        third,
    )
    assert KNOWN.applied(report_of(other, edition="dynamo-2.13")).results == (other,)


@pytest.mark.parametrize(
    ("verdict", "marked"),
    [
        (Verdict.PASS, False),
        (Verdict.FAIL, True),
        (Verdict.VACUOUS, True),
        (Verdict.BLOCKED, True),
        (Verdict.NOT_TESTABLE, True),
        (Verdict.NOT_APPLICABLE, False),
        (Verdict.ERROR, False),
    ],
)
def test_only_what_did_not_pass_is_known(verdict: Verdict, marked: bool) -> None:
    """A fault of the kit is nobody's known failure."""
    assert bool(KNOWN.marked(Result(RULE, verdict), "2026.11").known) is marked


def test_what_a_known_failure_blocks_is_known_with_it() -> None:
    """However long the chain is; what something else blocks is not."""
    results = (
        Result(RULE, Verdict.FAIL),
        Result(OTHER, Verdict.BLOCKED, blocked_by="area.rule"),
        Result(THIRD, Verdict.BLOCKED, blocked_by="area.other"),
    )
    known = KnownFailures((KnownFailure("area.rule", "future", "Later."),))
    assert known.applied(report_of(*results)).known == ("area.rule", "area.other", "area.third")
    assert known.applied(report_of(*results)).as_known
    unknown = Result(THIRD, Verdict.BLOCKED, blocked_by="area.more")
    assert not known.applied(report_of(unknown)).known


def test_a_must_that_is_known_to_fail_is_never_conformant() -> None:
    """But it is all as known, which is another thing."""
    report = KNOWN.applied(report_of(Result(RULE, Verdict.FAIL)))
    assert (report.conformant, report.as_known) == (False, True)
    more = KNOWN.applied(report_of(Result(RULE, Verdict.FAIL), Result(THIRD, Verdict.FAIL)))
    assert (more.conformant, more.as_known) == (False, False)


def test_a_file_that_is_out_of_date_says_what_is() -> None:
    """An id that there is not, that passes, or that does not apply."""
    results = (Result(RULE, Verdict.PASS), Result(OTHER, Verdict.NOT_APPLICABLE))
    known = KnownFailures((*KNOWN.entries, KnownFailure("area.gone", "future", "Later.")))
    assert known.stale(report_of(*results), IDS) == (
        "there is no requirement area.gone",
        "area.rule passes now",
        "area.other does not apply to the target",
    )


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.ERROR])
def test_what_does_not_pass_is_not_out_of_date(verdict: Verdict) -> None:
    """Neither is what fails in another edition, or in another profile."""
    assert KNOWN.stale(report_of(Result(RULE, verdict)), IDS) == ()
    passed = report_of(Result(OTHER, Verdict.PASS), edition="dynamo-2.13")
    assert KNOWN.stale(passed, IDS) == ()


def test_a_baseline_lists_what_fails() -> None:
    """Not what is blocked by it, nor what a fault of the kit did; a reason is still missing."""
    made = baseline(
        report_of(
            Result(RULE, Verdict.FAIL),
            Result(OTHER, Verdict.BLOCKED, blocked_by="area.rule"),
            Result(THIRD, Verdict.ERROR),
        ),
        KnownFailures(),
    )
    assert [(entry.id, entry.edition) for entry in made.entries] == [("area.rule", "2026.11")]
    assert has_no_reason(made.entries[0])


def test_a_baseline_keeps_what_is_still_true() -> None:
    """The reason of what fails still, and the entries of other editions; nothing else."""
    elsewhere = KnownFailure("area.third", "future", "Later.", "", "dynamo-2.13")
    old = KnownFailures((*KNOWN.entries, elsewhere))
    made = baseline(report_of(Result(RULE, Verdict.FAIL), Result(OTHER, Verdict.PASS)), old)
    assert made.entries == (KNOWN.entries[0], elsewhere)
