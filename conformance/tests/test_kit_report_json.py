"""Reports as JSON: what they say, that it is by the schema, and that it can be read back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from importlib.resources import files
from itertools import count
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sidetable_conformance import (
    InputError,
    Report,
    Requirement,
    Result,
    Verdict,
    read_report,
    requirements,
    run,
)
from sidetable_conformance.results import Header, digest_of, edition_digest, header_here
from sidetable_conformance.tables.core import CorrectTable

pytestmark = pytest.mark.slow

CORE = tuple(row for row in requirements() if row.profile == "core")
MUST = Requirement("area.rule", "MUST", "core", "Something is asked.")
SHOULD = Requirement("area.other", "SHOULD", "core", "Something else should be.")
THIRD = Requirement("area.third", "MUST", "core", "A third thing is asked.")
REPORT = Report(
    target="mine:Table",
    edition="2026.11",
    profile="core",
    results=(
        Result(MUST, Verdict.PASS, counts=(("dead", 1), ("found", 2)), scored=False),
        Result(
            SHOULD,
            Verdict.FAIL,
            "a: expected b; seen c",
            "a",
            "b",
            "c",
            script="x = 1\n",
            known="future",
            reason="Later.",
            issue="#5",
        ),
        Result(THIRD, Verdict.BLOCKED, "it needs area.rule", blocked_by="area.rule"),
    ),
    strict=True,
    header=Header(kit="1.2", without=("set",), gil=False),
)


def schema() -> Draft202012Validator:
    """Returns the schema that the kit ships."""
    folder = files("sidetable_conformance").joinpath("output", "schema")
    content = json.loads(folder.joinpath("report-1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


def changed(**fields: object) -> str:
    """Returns a report with other fields, and a footer that is right about them."""
    document = json.loads(REPORT.to_json()) | fields
    document["footer"] = {"results": len(document["results"]), "sha256": digest_of(document)}
    return json.dumps(document)


def test_json_says_everything() -> None:
    """Every fact of a report is in it, and what is empty is left out of a result."""
    document = json.loads(REPORT.to_json())
    assert document.pop("footer") == {"results": 3, "sha256": digest_of(document)}
    assert document == {
        "schema": 1,
        "target": "mine:Table",
        "edition": "2026.11",
        "profile": "core",
        "strict": True,
        "conformant": False,
        "summary": {verdict.value: 0 for verdict in Verdict} | {"pass": 1, "fail": 1, "blocked": 1},
        "header": {
            "kit": "1.2",
            "edition_digest": "",
            "without": ["set"],
            "strength": "",
            "budget": "",
            "python": "",
            "implementation": "",
            "platform": "",
            "gil": False,
        },
        "results": [
            {
                "id": "area.rule",
                "level": "MUST",
                "sentence": "Something is asked.",
                "verdict": "pass",
                "message": "",
                "counts": {"dead": 1, "found": 2},
                "scored": False,
            },
            {
                "id": "area.other",
                "level": "SHOULD",
                "sentence": "Something else should be.",
                "verdict": "fail",
                "message": "a: expected b; seen c",
                "counts": {},
                "when": "a",
                "expected": "b",
                "seen": "c",
                "script": "x = 1\n",
                "known": {"kind": "future", "reason": "Later.", "issue": "#5"},
            },
            {
                "id": "area.third",
                "level": "MUST",
                "sentence": "A third thing is asked.",
                "verdict": "blocked",
                "message": "it needs area.rule",
                "counts": {},
                "blocked_by": "area.rule",
            },
        ],
    }


def test_json_is_by_the_schema(make: Callable[[], CorrectTable]) -> None:
    """A real run's report and one with everything in it."""
    report = run(make)
    for text in (report.to_json(), REPORT.to_json()):
        schema().validate(json.loads(text))
    document = json.loads(report.to_json())
    assert document["summary"]["pass"] == len(CORE)
    assert [row["id"] for row in document["results"]] == [row.id for row in CORE]
    assert document["conformant"] is True


@pytest.mark.parametrize(
    "fields",
    [
        {"schema": 2},
        {"more": 1},
        {"results": [{"id": "area.rule"}]},
        {"results": [REPORT.results[1].row("2026.11") | {"seen": 5}]},
        {"header": {}},
    ],
)
def test_the_schema_refuses_what_is_wrong(fields: dict[str, Any]) -> None:
    """It says something: a document that is not a report is not valid."""
    assert list(schema().iter_errors(json.loads(changed(**fields))))


def test_json_is_ascii() -> None:
    """No encoding can spoil it, whatever a target says."""
    report = Report("t\udcff\u202e", "2026.11", "core", ())
    assert report.to_json().isascii()
    assert json.loads(report.to_json())["target"] == "t\udcff\u202e"


def test_a_report_is_read_back_as_it_was() -> None:
    """Nothing is lost, and the same bytes are written again."""
    assert read_report(REPORT.to_json()) == REPORT
    hostile = Report("t\udcff\u202e\x1b", "e", "p", REPORT.results)
    assert read_report(hostile.to_json()).to_json() == hostile.to_json()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "the report is not an object"),
        ("{}", "it is not a report"),
        (changed(schema=2), "its schema is 2, and this kit reads schema 1"),
        (changed(schema=True), "schema of the report is not a number"),
        (changed(target=None), "the report has no target"),
        (changed(target=5), "target of the report is not a string"),
        (changed(strict="no"), "strict of the report is not true or false"),
        (changed(header=[]), "header of the report is not an object"),
        (changed(results=[5]), "an item of results is not an object"),
        (
            changed(header={**REPORT.header.rows(), "without": [5]}),
            "without of header of the report is not a list of strings",
        ),
    ],
    ids=count(),
)
def test_what_is_no_report_is_refused(text: str, reason: str) -> None:
    """The message says what is wrong, and of what."""
    with pytest.raises(InputError) as caught:
        read_report(text, "r.json")
    assert str(caught.value) == f"r.json cannot be used: {reason}"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "no id"}, "id of an item of results is not an id"),
        ({"level": "MAY"}, "level of an item of results is not one of MUST, SHOULD"),
        ({"verdict": "good"}, "verdict of an item of results is not one of pass, fail, "),
        ({"counts": {"found": "5"}}, "found of counts of an item of results is not a number"),
        ({"known": {"kind": "x"}}, "kind of known of an item of results is not one of known-bug"),
    ],
)
def test_what_is_no_result_is_refused(row: dict[str, object], reason: str) -> None:
    """A verdict that there is not, and an id that could be anything, never get further."""
    with pytest.raises(InputError) as caught:
        read_report(changed(results=[REPORT.results[0].row("2026.11") | row]))
    assert reason in str(caught.value)


def test_results_that_are_no_list_are_refused() -> None:
    """Neither is a text one, although it has a length."""
    document = json.loads(REPORT.to_json()) | {"results": "abc"}
    with pytest.raises(InputError, match="results of the report is not a list"):
        read_report(json.dumps(document))


def test_a_report_that_was_cut_is_refused() -> None:
    """Without a footer, or with too few results, it is not complete."""
    document = json.loads(REPORT.to_json())
    del document["results"][1]
    with pytest.raises(InputError, match="it has 2 results, but its footer has another number"):
        read_report(json.dumps(document))
    del document["footer"]
    with pytest.raises(InputError, match="it has no footer, so it is not complete"):
        read_report(json.dumps(document))


@pytest.mark.parametrize("field", ["target", "edition"])
def test_a_report_that_was_changed_is_refused(field: str) -> None:
    """A verdict is nothing without what it is about, so the digest is over all of it."""
    document = json.loads(REPORT.to_json()) | {field: "another"}
    with pytest.raises(InputError, match="its digest is wrong"):
        read_report(json.dumps(document))


def test_a_requirement_has_one_result() -> None:
    """Two contradicting verdicts in one report mean nothing."""
    twice = replace(REPORT, results=(REPORT.results[0],) * 2)
    with pytest.raises(InputError, match=r"it has more than one result for area\.rule"):
        read_report(twice.to_json())


def test_the_header_says_where_a_run_was() -> None:
    """The kit, the interpreter, and what was asked."""
    header = header_here((MUST,), "2026.11", without={"set", "tables"})
    assert header.kit == metadata.version("sidetable-conformance")
    assert header.edition_digest == edition_digest((MUST,), "2026.11")
    assert header.without == ()
    assert header.python == sys.version.split()[0].rstrip("+")
    assert header.implementation
    assert header.platform
    assert header.gil is getattr(sys, "_is_gil_enabled", lambda: True)()


def test_a_kit_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source tree can be run as it is."""

    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    assert header_here((), "2026.11").kit == "unknown"


def test_the_digest_of_an_edition_is_that_of_its_words() -> None:
    """Another sentence is another edition."""
    other = replace(MUST, text="Something else is asked.")
    assert edition_digest((MUST,), "2026.11") != edition_digest((other,), "2026.11")
    assert edition_digest((MUST,), "2026.11") != edition_digest((MUST, SHOULD), "2026.11")


def test_a_run_says_what_it_asked(make: Callable[[], CorrectTable]) -> None:
    """The header of a real report has the digest of the edition, and what was left out of it."""
    header = run(make).header
    assert header.edition_digest == edition_digest(CORE, "2026.11")
    assert header.without == ()
    assert run(make, without=["set", "tables"]).header.without == ("set",)
