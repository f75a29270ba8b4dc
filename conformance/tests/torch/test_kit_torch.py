"""PyTorch's own table, which nobody here wrote, judged in both editions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch._dynamo import graph_bytecode_inputs

from sidetable_conformance import requirements, run
from sidetable_conformance.interleavings import replay_case

pytestmark = pytest.mark.torch

TARGET = "torch._dynamo.graph_bytecode_inputs"
WITHOUT = ("entries", "frames", "handles", "hold", "snapshots", "tables")
COMMAND = ("-m", "sidetable_conformance", "run")
OPPOSITE = {
    "index.failed-registration",
    "constructor.failed-registration",
    "keep.failed-registration",
    "store.failure",
    "set.lifetime",
}
STRICTER = {
    "lookup.error-kinds",
    "weakref.hostile-repr",
    "set.bounds",
    "set.not-weak-referenceable",
}


@pytest.fixture(autouse=True)
def nothing_is_registered() -> None:
    """What was compiled before in this process is no longer in the table."""
    graph_bytecode_inputs.reset_user_object_tracking()


def test_this_is_the_version_that_the_edition_is_named_after() -> None:
    """The edition restates one version of PyTorch, and no other."""
    assert torch.__version__.split("+")[0] == "2.13.0"


def test_it_is_conformant_to_its_edition_and_nothing_is_excused() -> None:
    """Every requirement passes; none fails, and none is left out."""
    report = run(TARGET, edition="dynamo-2.13")
    assert report.failed == ()
    assert {result.verdict.value for result in report.results} == {"pass"}
    core = [row.id for row in requirements() if row.profile == "core"]
    assert [result.id for result in report.results] == core
    assert report.conformant


def test_it_fails_in_the_other_edition_on_what_is_opposite_or_stricter() -> None:
    """These requirements fail, and no other."""
    report = run(TARGET, edition="2026.11")
    assert set(report.failed) == OPPOSITE | STRICTER
    assert report.errors == ()


def test_a_live_module_is_left_reset() -> None:
    """The table that the process's compiled functions use is empty afterwards."""
    run(graph_bytecode_inputs, edition="dynamo-2.13")
    assert not graph_bytecode_inputs.has_user_objects()
    assert graph_bytecode_inputs.index_to_external_object_weakref == {}
    assert graph_bytecode_inputs.keep_alive == []


def test_the_command_line_says_the_same(tmp_path: Path) -> None:
    """Status 0 and nothing but passes in its edition, status 1 in the other."""
    for edition, status in (("dynamo-2.13", 0), ("2026.11", 1)):
        report = tmp_path / f"{edition}.json"
        done = subprocess.run(
            [sys.executable, *COMMAND, TARGET, "--edition", edition, "--json", str(report)],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stderr
        summary = json.loads(report.read_text(encoding="utf-8"))["summary"]
        counted = {verdict for verdict, count in summary.items() if count}
        assert counted == ({"pass", "fail", "blocked"} if status else {"pass"})


def test_threads_tasks_and_greenlets_find_each_others_objects() -> None:
    """One binding for the whole process fails whatever isolation can be asked of the module."""
    report = run(TARGET, profile="isolation", without=WITHOUT)
    assert set(report.failed) == {
        "isolation.threads",
        "isolation.tasks",
        "isolation.greenlets",
        "isolation.no-binding-is-error",
        "isolation.registration",
        "isolation.every-interleaving",
    }
    assert report.errors == ()


def test_the_schedule_that_is_reported_fails_again() -> None:
    """The report names a case and a schedule, and running just that one shows the same."""
    report = run(TARGET, profile="isolation", without=WITHOUT)
    [result] = [each for each in report.results if each.id == "isolation.every-interleaving"]
    schedule = result.seen.removeprefix("schedule ").partition(": ")[0]
    failure = replay_case(result.when, TARGET, schedule, WITHOUT)
    assert failure is not None
    assert result.seen.startswith(f"schedule {schedule}: a lookup raised AssertionError")
    assert failure.schedule == schedule
    assert not graph_bytecode_inputs.has_user_objects()
