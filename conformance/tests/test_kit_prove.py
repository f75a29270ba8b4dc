"""What `prove` shows and writes, on a terminal, in a pipe and in files."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sidetable_conformance.commands.main import main
from sidetable_conformance.commands.prove import finish, progress, written
from sidetable_conformance.mutants import Catch
from sidetable_conformance.mutants.matrix import parse_matrix
from sidetable_conformance.proving.proof import Proof
from sidetable_conformance.reports.kill_matrix import show_proof

pytestmark = pytest.mark.slow


def caught(through: str) -> Catch:
    """Returns how a fault was caught."""
    return Catch("Fault", "2026.11", "lookup.dead-is-error", through)


@pytest.fixture
def console() -> Console:
    """A console that keeps what is printed."""
    return Console(file=StringIO(), width=100)


def printed(console: Console) -> str:
    """Returns what was printed."""
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def test_what_is_wrong_is_shown(console: Console) -> None:
    """Every finding is a line, and the last one counts them."""
    show_proof(Proof((caught(""),), (("a.b", ("found",)),), ("one",), ("two",)), console)
    lines = printed(console).splitlines()
    assert "wrong: one" in lines
    assert "wrong: two" in lines
    assert lines[-1] == "not proved: 0 of 1 faults caught, and 2 wrong"


def test_progress_is_ten_lines_in_a_pipe(console: Console) -> None:
    """However many faults there are."""
    with progress(25, console) as step:
        for _ in range(25):
            step(caught("found"))
    lines = printed(console).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "25 of 25 faults judged"


def test_progress_is_a_bar_on_a_terminal() -> None:
    """It is gone when all is done."""
    console = Console(file=StringIO(), width=100, force_terminal=True)
    with progress(2, console) as step:
        step(caught("found"))
        step(caught("found"))
    assert "judging faults" in printed(console)


def test_a_matrix_is_written_only_into_a_checkout(tmp_path: Path) -> None:
    """An installed kit is not changed, and neither is one in which something is wrong."""
    folder = tmp_path / "src" / "sidetable_conformance" / "mutants"
    folder.mkdir(parents=True)
    proof = Proof((caught("found"),), (), (), ("the file differs",))
    with pytest.raises(FileNotFoundError, match="is not in a checkout"):
        written(proof, folder)
    (tmp_path / "pyproject.toml").touch()
    wrong = replace(proof, findings=("one",))
    assert written(wrong, folder) == wrong
    assert list(folder.iterdir()) == []
    assert written(proof, folder).holds
    assert parse_matrix((folder / "matrix.json").read_text(encoding="utf-8")) == proof.catches


def test_the_command_proves_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says on the standard output what was proved, and on the other how far it is."""
    file, page = tmp_path / "proof.json", tmp_path / "matrix.md"
    assert main(["prove", "DeadIsNone", "--json", str(file), "--markdown", str(page)]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("proved: 2 of 2 faults caught\n")
    assert said.err == "1 of 2 faults judged\n2 of 2 faults judged\n"
    assert json.loads(file.read_text(encoding="utf-8"))["holds"] is True
    assert "DeadIsNone" in page.read_text(encoding="utf-8")


def test_the_command_writes_the_matrix_that_it_proved(tmp_path: Path) -> None:
    """Then it is right, and before that it is the kit's fault."""
    folder = tmp_path / "src" / "sidetable_conformance" / "mutants"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    proof = Proof((caught("found"),), (), (), ("the file differs",))
    asked = argparse.Namespace(write=False, json=None, markdown=None)
    assert finish(proof, asked, folder) == 4
    assert list(folder.iterdir()) == []
    asked.write = True
    assert finish(proof, asked, folder) == 0
    assert [path.name for path in folder.iterdir()] == ["matrix.json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--write"], "--write writes the matrix of all mutants"),
        (["--json", "there/is/no/such/folder"], "No such file or directory"),
    ],
)
def test_what_can_not_be_written_is_the_callers_fault(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and one line that says why."""
    assert main(["prove", "DeadIsNone", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_a_number_of_processes_is_at_least_one(
    jobs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is begun otherwise."""
    with pytest.raises(SystemExit, match="2"):
        main(["prove", f"--jobs={jobs}"])
    assert f"{jobs!r} is not a number of processes" in capsys.readouterr().err


def test_several_processes_prove_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """In the same order, however many they are."""
    names = ["DeadIsNone", "StoreUpdates"]
    assert main(["prove", *names, "--jobs=1"]) == 0
    alone = capsys.readouterr()
    assert main(["prove", *names, "--jobs=2"]) == 0
    assert capsys.readouterr() == alone


def test_what_can_not_be_tested_here_can_not_be_proved_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where something is not installed, it is said in a line what that is."""
    monkeypatch.setitem(sys.modules, "greenlet", None)
    assert main(["prove", "FrameRestoresNothing", "--jobs=1"]) == 2
    assert "error: it needs greenlet: pip install" in capsys.readouterr().err


def test_a_mutant_that_is_not_there_is_the_callers_fault(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As every other wrong command line is."""
    with pytest.raises(SystemExit, match="2"):
        main(["prove", "Nobody"])
    assert "there is no mutant 'Nobody'" in capsys.readouterr().err
