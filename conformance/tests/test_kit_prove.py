"""Faulty tables are caught by the rule in whose file they stand, and `prove` says so."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import sidetable_conformance
import sidetable_conformance.kill_matrix as kill_matrix_module
from sidetable_conformance import KitError, NotTestable, Result, Session, Verdict, cli, requirements
from sidetable_conformance.cli import main
from sidetable_conformance.kill_matrix import Catch, kill_matrix, parse_matrix
from sidetable_conformance.prove import Proof, catch, conclude, faults_of, point_of, prove, red
from sidetable_conformance.rules import FAULTS, RULES
from sidetable_conformance.rules.core import any_sequence
from sidetable_conformance.tables import LADDER, CorrectTable, Edition

Said = pytest.CaptureFixture[str]
ALL_OF = (
    "constructor.lazy",
    "frame.out-of-order",
    "frame.restores",
    "robust.finalizer-reentrancy",
    "robust.hostile-sources",
    "weakref.user-object",
)
"""Some lines of these checks are come to by one fault only."""

SOME = [
    (name, edition)
    for number, (name, (table, rule)) in enumerate(FAULTS.items())
    if number % 10 == 3 or rule.id in ALL_OF
    for edition in table.editions
]
"""One in ten; `sidetable-conformance prove` judges all of them by every rule."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("name", "edition"), SOME)
def test_a_fault_is_caught_by_its_own_rule(name: str, edition: Edition) -> None:
    """In every edition in which it is one."""
    table, rule = FAULTS[name]
    session = Session(partial(table, edition), edition=edition, profile=table.profiles)
    assert session.judge_alone(rule.requirement, "a user's").verdict in (
        Verdict.FAIL,
        Verdict.VACUOUS,
    )


@pytest.mark.deep
@pytest.mark.parametrize("table", LADDER)
def test_a_correct_table_passes_everything(table: type[CorrectTable]) -> None:
    """What faulty tables are derived from has no fault of its own."""
    edition = table.editions[-1]
    session = Session(partial(table, edition), edition=edition, profile=table.profiles)
    results = [session.judge_alone(row, "quick") for row in session.requirements]
    assert [result.id for result in results if result.verdict is not Verdict.PASS] == []


def test_the_matrix_in_the_file_proves_the_kit() -> None:
    """Every rule has its faults in every edition, and no assertion could go unnoticed."""
    filed = kill_matrix()
    proof = conclude([*FAULTS], {}, filed)
    assert proof.holds, (proof.findings, proof.stale)
    assert {catch.mutant for catch in filed} == FAULTS.keys()
    assert prove([]).catches == ()


def test_what_is_wrong_with_a_matrix_is_said() -> None:
    """A fault that nothing catches, a rule without one, an assertion without use, a stale file."""
    filed = kill_matrix()
    [missed, *others] = [catch for catch in filed if catch.caught_by == "reset.idempotent"]
    rest = [catch for catch in filed if catch.caught_by != "reset.idempotent"]
    catches = [Catch(missed.mutant, missed.edition, missed.caught_by, ""), *others, *rest]
    points = {
        "reset.idempotent": {((1,), "dead"): "dead"},
        rest[0].caught_by: {((1,), "fact"): rest[0].through},  # which has a use
    }
    proof = conclude([*FAULTS], points, catches)
    assert proof.findings == (
        f"{missed.mutant} in edition {missed.edition} is not caught by reset.idempotent",
        "no fault is caught by reset.idempotent through 'dead'",
    )
    assert proof.stale == (
        f"the matrix in the file differs for {missed.mutant} in edition {missed.edition}",
    )
    assert not proof.holds
    lost = conclude([*FAULTS], {}, rest).findings
    assert lost == tuple(
        f"no faulty table breaks reset.idempotent in edition {edition}"
        for edition in RULES["reset.idempotent"].requirement.editions
    )
    nowhere = Catch(missed.mutant, missed.edition, missed.caught_by, "none of its points")
    assert (
        "at a point that no correct table reaches"
        in conclude([missed.mutant], {}, [nowhere]).findings[0]
    )


def test_a_correct_table_with_a_fault_is_a_finding() -> None:
    """What faults are derived from has to be right, or their faults are not theirs."""
    table, rule = FAULTS["StoreReturnsTheNumber"]
    found = [*faults_of(table, {id_: {} for id_ in RULES})]
    for edition in table.editions:
        said = f"turns {rule.id} red in edition {edition}, through 'none of its points'"
        assert f"StoreReturnsTheNumber {said}" in found


def test_a_check_that_goes_wrong_is_the_kits_fault() -> None:
    """A table that lets a check down in another way than by failing it proves nothing."""

    class Endless(CorrectTable):
        def has_user_objects(self) -> bool:
            raise KitError("a control did not hold")

    with pytest.raises(KitError, match=r"present\.\S+ went wrong on Endless in edition dynamo"):
        list(faults_of(Endless, {}))


def test_what_nothing_came_of_is_its_own_point() -> None:
    """A check that saw nothing of what it is about turned red nowhere else."""
    assert point_of(Result(requirements()[0], Verdict.VACUOUS), {}) == "vacuous"


def test_what_cannot_be_judged_closely_cannot_be_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a fault might show there, it is no proof that nothing was tried."""
    monkeypatch.setattr(any_sequence, "find_spec", lambda name: None)
    with pytest.raises(NotTestable, match="sidetable-conformance\\[stateful\\]"):
        red(CorrectTable, "2026.11", {}, closely={"core.any-sequence"})


@pytest.mark.deep
def test_no_row_of_the_matrix_is_chance() -> None:
    """Threads that register at once do so by schedules, and every run finds the same."""
    rows = {catch("CountsInTwoSteps", "2026.11", {id_: {} for id_ in RULES}).also for _ in range(2)}
    assert [[id_ for id_, _ in also] for also in rows] == [["isolation.registration"]]


def test_the_command_proves_some_and_writes_what_it_found(tmp_path: Path, capsys: Said) -> None:
    """A row for each rule, a last line, the proof as JSON, and progress beside it."""
    proof = tmp_path / "proof.json"
    assert main(["prove", "DeadIsNone", "--json", str(proof), "--jobs", "1"]) == 0
    said = capsys.readouterr()
    assert (
        said.out.splitlines()[-1]
        == "proved: the kit catches all 2 faults of 1 faulty table it ships"
    )
    assert "lookup.dead-is-error" in said.out
    assert said.err == "1 of 2 faults judged\n2 of 2 faults judged\n"
    document = json.loads(proof.read_text(encoding="utf-8"))
    assert document["holds"] is True
    assert [row["mutant"] for row in document["catches"]] == ["DeadIsNone"] * 2


def test_several_processes_prove_the_same(capsys: Said) -> None:
    """In the same order, however many they are."""
    names = ["DeadIsNone", "StoreUpdates"]
    assert main(["prove", *names, "--jobs=1"]) == 0
    alone = capsys.readouterr()
    assert main(["prove", *names, "--jobs=2"]) == 0
    assert capsys.readouterr() == alone


def test_what_cannot_be_tested_here_cannot_be_proved_here(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """Where something is not installed, a line says what."""
    monkeypatch.setitem(sys.modules, "greenlet", None)
    assert main(["prove", "BindingIsTheTasks", "--jobs=1"]) == 2
    assert "error: it needs greenlet: pip install" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--write", "DeadIsNone"], "--write writes the matrix of all faults"),
        (["DeadIsNone", "--json", "there/is/no/such/folder"], "No such file or directory"),
        (["Nobody"], "'Nobody' is not one of"),
        (["--jobs=0"], "0 is not in the range"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str], message: str, capsys: Said) -> None:
    """Status 2, and what is wrong."""
    assert main(["prove", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2}', '{"schema": 1}', '{"schema": 1, "catches": [{"also": {}}]}']
)
def test_what_is_no_matrix_is_the_kits_fault(text: str) -> None:
    """The file belongs to the kit, so a broken one says nothing of a target."""
    with pytest.raises(KitError, match="kill matrix"):
        parse_matrix(text)


@pytest.fixture
def already_proved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Has `prove` find what the file says, and the kit lie in a checkout; returns the package."""

    def found(names: tuple[str, ...], step: Callable[[Catch], object], _jobs: int) -> Proof:
        filed = [each for each in kill_matrix() if each.mutant in names]
        for each in filed:
            step(each)
        return conclude(names, {}, filed)

    package = tmp_path / "src" / "sidetable_conformance"
    package.mkdir(parents=True)
    monkeypatch.setattr(cli, "prove", found)
    monkeypatch.setattr(sidetable_conformance, "__file__", str(package / "__init__.py"))
    return package


def test_the_matrix_is_written_in_a_checkout(already_proved: Path, capsys: Said) -> None:
    """As it was, if nothing has changed, and nowhere else."""
    assert main(["prove", "--write"]) == 2
    said = capsys.readouterr().err
    assert "it is not in a checkout of the kit, so nothing is written" in said
    assert len(said.splitlines()) < 2 * cli.LINES
    (already_proved.parents[1] / "pyproject.toml").touch()
    assert main(["prove", "--write"]) == 0
    kept = Path(kill_matrix_module.__file__).with_name(kill_matrix_module.MATRIX)
    written = already_proved / kill_matrix_module.MATRIX
    assert written.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")
    assert main(["prove", "DeadIsNone", "--write"]) == 2


def test_a_proof_with_a_finding_is_not_written(
    already_proved: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """It is shown, and the status says that the kit is at fault."""
    (already_proved.parents[1] / "pyproject.toml").touch()
    monkeypatch.setattr(cli, "prove", lambda *_: Proof((), (), ("something is wrong",), ()))
    assert main(["prove", "--write"]) == 4
    said = capsys.readouterr().out
    assert "wrong: something is wrong\n" in said
    assert "not proved: " in said
    assert not (already_proved / kill_matrix_module.MATRIX).exists()


def test_a_terminal_shows_a_bar(
    already_proved: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """Which is gone at the end."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["prove"]) == 0
    assert "faults judged" not in capsys.readouterr().err


def test_a_fault_of_the_kit_is_status_4(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    """Whatever was asked."""

    def fail(*_: object) -> Proof:
        raise KitError("a control did not hold")

    monkeypatch.setattr(cli, "prove", fail)
    assert main(["prove"]) == 4
    assert "a control did not hold" in capsys.readouterr().err
