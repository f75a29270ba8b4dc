"""Whether a target is wired so that its faults would be seen, and what `smoke` says of it."""

from __future__ import annotations

import gc
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import KitError, TargetError, requirements, run
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.mutants import MUTANTS, CorrectTable
from sidetable_conformance.spec.requirement import EDITIONS
from sidetable_conformance.targets.shape import SIDETABLE
from sidetable_conformance.targets.target import open_target
from sidetable_conformance.wiring import trials as trials_module
from sidetable_conformance.wiring._breaks import BREAKS
from sidetable_conformance.wiring.driving import drive
from sidetable_conformance.wiring.trials import Outcome, check_collect, check_wiring, trials
from sidetable_conformance.wiring.wrapped import Wrapped

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]
OWN = "2026.11"
CORE = [row.id for row in requirements() if row.profile == "core"]


class Table(CorrectTable):
    """A correct table, of which a test changes something."""

    def __init__(self) -> None:
        super().__init__(OWN)


def outcomes(target: object, edition: str = OWN) -> set[Outcome]:
    """Returns what came of every trial of a target."""
    return {trial.outcome for trial in trials(open_target(target), edition)}


def changed(**members: object) -> type[Table]:
    """Returns a factory of tables that do something else."""
    return type("Changed", (Table,), members)


def refusal(target: object) -> str:
    """Returns what the check of its wiring says of a target."""
    with pytest.raises(TargetError) as refused:
        check_wiring(open_target(target), OWN)
    return str(refused.value)


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_break_is_caught_around_a_correct_table(edition: str) -> None:
    """Each fault that is planted is noticed, by the requirement that it names."""

    def make() -> CorrectTable:
        return CorrectTable(edition)

    seen = [*trials(open_target(make), edition)]
    assert {trial.outcome for trial in seen} == {Outcome.CAUGHT}
    assert [trial.id for trial in seen] == [kind.caught_by for kind in BREAKS]


def test_every_operation_is_broken_once() -> None:
    """No operation is left out, and a classification is tried too."""
    broken = {kind.operation for kind in BREAKS}
    assert broken == {*SIDETABLE.needed, "set", "classify"}
    assert all(kind.caught_by in CHECKS for kind in BREAKS)


def test_a_wrapper_that_breaks_nothing_is_not_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trials turn red because of what is broken, and not because of the wrapper."""
    intact = [type("Intact", (Wrapped,), {"operation": "", "caught_by": id_}) for id_ in CORE]
    monkeypatch.setattr(trials_module, "BREAKS", tuple(intact))
    assert outcomes(Table) == {Outcome.MISSED}


def test_no_faulty_implementation_hides_a_break() -> None:
    """A run never refuses a target because the target itself is faulty."""
    for mutant in MUTANTS:
        for edition in mutant.editions:
            check_wiring(open_target(lambda: mutant(edition)), edition)  # noqa: B023  # at once


def test_a_table_without_set_is_not_tried_with_it() -> None:
    """What is not asked of a target is not planted around it."""
    operations = {trial.operation for trial in trials(open_target(changed(set=None)), OWN)}
    assert operations == {*SIDETABLE.needed, "classify"}


def test_the_target_is_left_reset() -> None:
    """Also by a break that does not pass a reset on."""
    table = Table()
    assert outcomes(table) == {Outcome.CAUGHT}
    assert not table.has_user_objects()
    assert not table.constructors


def test_a_target_that_fails_throughout_is_not_mis_wired() -> None:
    """Its faults are for the requirements to find, even where it ends the process."""

    def leave(self: object, *arguments: object) -> None:
        raise SystemExit

    assert outcomes(changed(store=leave, get=leave)) == {Outcome.CAUGHT}


def test_a_classification_that_accepts_everything_is_refused() -> None:
    """Every failure would be a right one, so the kit would see none."""
    text = refusal(changed(classify=lambda self, error: "died"))
    assert "lookup.unregistered-is-error did not notice" in text
    assert text.endswith("see how classify is wired")


def test_a_collection_that_does_nothing_is_refused() -> None:
    """Nothing would ever be seen to die, and nothing that is asked about it judged."""
    assert "its collect() lets nothing go" in refusal(changed(collect=lambda self: None))


def test_a_collection_of_the_targets_own_is_used() -> None:
    """One that works is all that the trials need, and the interpreter collects as before."""
    calls: list[int] = []
    target = open_target(changed(collect=lambda self: calls.append(gc.collect())))
    check_wiring(target, OWN)
    assert len(calls) > 3
    assert gc.isenabled()


def test_a_run_refuses_what_is_mis_wired() -> None:
    """Its verdicts would say nothing."""
    with pytest.raises(TargetError, match="the kit is blind to it"):
        run(changed(classify=lambda self, error: "died"))


def test_where_nothing_dies_no_trial_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter without a collector is not the target's fault."""
    target = open_target(changed(collect=lambda self: None))
    monkeypatch.setattr(gc, "collect", lambda: 0)
    gc.disable()
    try:
        check_collect(target)
        assert outcomes(Table) == {Outcome.CAUGHT, Outcome.NOT_TESTABLE}
    finally:
        gc.enable()


@pytest.mark.parametrize("error", [KitError("wrong"), TargetError("mine", "gone")])
def test_a_trial_that_goes_wrong_is_not_caught(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Neither a fault of the kit nor a factory that fails is a fault that was noticed."""

    def check(bench: object) -> None:
        raise error

    monkeypatch.setattr(trials_module, "CHECKS", dict.fromkeys(CHECKS, check))
    with pytest.raises(type(error)):
        check_wiring(open_target(Table), OWN)


# --- driving ---------------------------------------------------------------------------------


def test_every_operation_is_driven_once() -> None:
    """A correct table does all of them."""
    assert set(drive(open_target(Table), OWN)) == {*SIDETABLE.needed, "set"}
    assert set(drive(open_target(changed(set=None)), OWN)) == set(SIDETABLE.needed)


@pytest.mark.parametrize(
    ("idle", "told"),
    [
        ("register_user_object", "register_user_object"),
        ("register_graph_created_object", "register_graph_created_object"),
        ("has_user_objects", "has_user_objects"),
        ("store", "store"),
        ("get", "register_user_object"),
        ("set", "set"),
        ("reset", "reset"),
    ],
)
def test_an_operation_that_does_nothing_is_told(idle: str, told: str) -> None:
    """The first is named that does not do the plainest thing that it is for."""
    target = open_target(changed(**{idle: lambda self, *arguments: None}))
    with pytest.raises(TargetError, match=f"can not be used: {told} does not work: "):
        list(drive(target, OWN))


def test_a_lookup_that_never_fails_is_told() -> None:
    """What finds nothing has to say so by an error that is a lookup's."""
    target = open_target(changed(_never_bound=lambda self, index: None))
    with pytest.raises(TargetError, match="can not be used: get does not work: on a fresh table"):
        list(drive(target, OWN))


def test_constructors_that_stay_away_are_told() -> None:
    """What is only read is driven too."""
    target = open_target(changed(constructors=property(lambda self: {})))
    with pytest.raises(TargetError, match="can not be used: constructors does not work: "):
        list(drive(target, OWN))


def test_a_factory_that_fails_is_told_as_one() -> None:
    """Only what an operation did is told as its failure."""
    target = open_target([Table()].pop)
    with pytest.raises(TargetError, match="calling it without arguments gave IndexError"):
        list(drive(target, OWN))


# --- the command -----------------------------------------------------------------------------


def test_smoke_says_what_works_and_what_was_noticed(kit: Run) -> None:
    """Every operation and every planted fault has a line, and the status is 0."""
    done = kit("smoke", "mine:Table")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "mine:Table"
    assert "  works         register_user_object" in lines
    assert "  caught        store.holds-weakly: a store kept its objects alive" in lines
    assert lines[-1] == "wired right: 15 of 15 planted faults were noticed"


def test_smoke_tells_what_is_mis_wired(kit: Run, project: Path) -> None:
    """Status 2, with the fault that was not noticed and where to look."""
    (project / "deaf.py").write_text(
        "import mine\n"
        "class Deaf(mine.Old):\n"
        "    def classify(self, error):\n"
        "        return 'died'\n"
        "class Idle(mine.Old):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.get = self.has_user_objects\n",
        encoding="utf-8",
    )
    deaf = kit("smoke", "deaf:Deaf")
    assert deaf.returncode == 2
    assert "  missed        lookup.unregistered-is-error: " in deaf.stdout
    assert "error: target deaf:Deaf can not be used: the kit is blind to it: " in deaf.stderr
    idle = kit("smoke", "deaf:Idle")
    assert idle.returncode == 2
    assert "can not be used: register_user_object does not work: " in idle.stderr


def test_smoke_tells_what_is_not_declared(kit: Run, project: Path) -> None:
    """A notice stands before everything else, and a declared capability has to be there."""
    (project / "quiet.py").write_text(
        "import mine\nclass Quiet(mine.Faulty):\n    capabilities = ()\n", encoding="utf-8"
    )
    quiet = kit("smoke", "quiet:Quiet")
    assert quiet.stdout.splitlines()[1].startswith("  notice        it has set, and does not")
    assert "14 of 14 planted faults" in quiet.stdout
    missing = kit("smoke", "mine:Old", "--capability", "set")
    assert missing.returncode == 2
    assert "it declares the capability set, and has no set to call" in missing.stderr
