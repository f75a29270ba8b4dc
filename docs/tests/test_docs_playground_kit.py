"""The playground's way to run the kit, and the implementations that it offers."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PLAYGROUND = Path(__file__).resolve().parents[1] / "assets" / "playground"
TARGETS = PLAYGROUND / "targets"
LISTED = [row for row in json.loads((TARGETS / "index.json").read_text("utf-8")) if row["file"]]
FAULTS = {
    "faulty_store.py": "store.replaces-all",
    "faulty_lookup.py": "lookup.dead-is-error",
}


@pytest.fixture
def judge(monkeypatch, tmp_path):
    """Runs the kit in an empty folder, and leaves no module of the reader's behind."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(PLAYGROUND))
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module("sidetable_playground.judging")
    yield lambda target, source="", watch=lambda *_: None: module.judge(
        target, source, "core", watch
    )
    sys.modules.pop("mytable", None)


def text(file):
    """Returns the text of one of the implementations."""
    return (TARGETS / file).read_text("utf-8")


def test_every_implementation_is_in_the_list():
    """What is not in the list cannot be chosen."""
    assert {row["file"] for row in LISTED} == {path.name for path in TARGETS.glob("*.py")}


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row["file"])
def test_an_implementation_is_as_right_as_it_says(judge, row):
    """The faulty ones fail by their own requirement, which their first line names."""
    report = judge(row["target"], text(row["file"]))
    failed = [result["id"] for result in report["results"] if result["verdict"] == "fail"]
    fault = FAULTS.get(row["file"])
    assert report["conformant"] is (fault is None)
    assert failed[:1] == ([] if fault is None else [fault])
    assert fault is None or fault in text(row["file"]).splitlines()[0]


def test_the_reference_is_conformant(judge):
    """By its name, without a text."""
    report = judge("sidetable_core:SideTable")
    assert report["conformant"]
    assert report["summary"]["pass"] == len(report["results"])


def test_every_requirement_is_announced_once_and_in_order(judge):
    """So that a bar can show how far the kit is."""
    seen = []
    report = judge("sidetable_core:SideTable", "", lambda *facts: seen.append(facts))
    asked = [result["id"] for result in report["results"]]
    assert seen == [(at, len(asked), id_) for at, id_ in enumerate(asked)]


def test_a_failure_comes_with_what_shows_it_again(judge):
    """A program that imports only the table."""
    report = judge("mytable:Table", text("faulty_store.py"))
    [failure] = [row for row in report["results"] if row["verdict"] == "fail"]
    assert "mytable" in failure["script"]
    assert failure["expected"]


def test_a_module_that_was_changed_is_read_anew(judge):
    """The verdict is on the text that is there now."""
    assert not judge("mytable:Table", text("faulty_store.py"))["conformant"]
    assert judge("mytable:Table", text("small_table.py"))["conformant"]


def test_a_module_that_can_not_be_imported_is_shown_by_its_own_lines(judge):
    """An error in it is the reader's, and not one of the playground."""
    report = judge("mytable:Table", "x = 1\nraise ValueError('<b>')\n")
    assert report["problem"] == "mytable:Table cannot be imported."
    assert report["failure"]["line"] == 2
    assert report["failure"]["text"].count("File ") == 1


@pytest.mark.parametrize("target", ["mytable:Nothing", "no module:Table"])
def test_a_target_that_can_not_be_used_is_said_to_be_so(judge, target):
    """In the words of the kit."""
    report = judge(target, "x = 1\n")
    assert re.search("can ?not be used", report["problem"])
