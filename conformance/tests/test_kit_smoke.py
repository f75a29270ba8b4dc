"""Whether a target is wired so that its faults would be seen, and what `smoke` says of it."""

from __future__ import annotations

import gc
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import KitError, TargetError, run, wiring
from sidetable_conformance.rule import Rule
from sidetable_conformance.rules import FAULTS
from sidetable_conformance.tables.core import CorrectTable

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]
OWN = "2026.11"
OPERATIONS = (
    "register_user_object",
    "register_graph_created_object",
    "has_user_objects",
    "store",
    "get",
    "set",
    "reset",
)


class Table(CorrectTable):
    """A correct table, of which a test changes something."""

    def __init__(self) -> None:
        super().__init__(OWN)


def changed(**members: object) -> type[Table]:
    """Returns a factory of tables that do something else."""
    return type("Changed", (Table,), members)


def refusal(target: object) -> str:
    """Returns what a run says of a target that is wired wrong."""
    with pytest.raises(TargetError) as refused:
        run(target)
    return str(refused.value)


def test_smoke_says_what_works_and_what_was_noticed(kit: Run) -> None:
    """Every operation and every planted fault has a line, and the status is 0."""
    done = kit("smoke", "mine:Table")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "mine:Table"
    assert "  works         register_user_object" in lines
    noticed = "lookup.unregistered-is-error: a lookup raised an error that is not a lookup's"
    assert f"  caught        {noticed}" in lines
    assert lines[-1] == "wired right: 2 of 2 planted faults were noticed"


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
    assert "error: target deaf:Deaf cannot be used: the kit cannot see its faults: " in deaf.stderr
    idle = kit("smoke", "deaf:Idle")
    assert idle.returncode == 2
    assert "cannot be used: register_user_object does not work: " in idle.stderr


def test_smoke_leaves_out_what_it_is_told_to(kit: Run) -> None:
    """And a power that there is not is named with those that there are."""
    assert "  works         set\n" in kit("smoke", "mine:Faulty").stdout
    assert "  works         set\n" not in kit("smoke", "mine:Faulty", "--without", "set").stdout
    unknown = kit("smoke", "mine:Old", "--without", "sets")
    assert unknown.returncode == 2
    assert "there is no capability 'sets'; choose from set, tables, threads" in unknown.stderr


@pytest.mark.parametrize("idle", ["store", "set", "reset", "has_user_objects", "constructors"])
def test_an_operation_that_does_nothing_is_told(kit: Run, project: Path, idle: str) -> None:
    """It is named, because it does not do the plainest thing that it is for."""
    value = "property(lambda self: {})" if idle == "constructors" else "lambda self, *given: None"
    (project / "idle.py").write_text(
        "from sidetable_conformance.tables import CorrectTable\n"
        "class Idle(CorrectTable):\n"
        "    def __init__(self):\n"
        "        super().__init__('2026.11')\n"
        f"    {idle} = {value}\n",
        encoding="utf-8",
    )
    done = kit("smoke", "idle:Idle")
    assert done.returncode == 2
    assert f"{idle} does not work: " in done.stderr


def test_an_operation_that_raises_is_told(kit: Run, project: Path) -> None:
    """With what it raised."""
    (project / "raising.py").write_text(
        "import mine\nclass Raising(mine.Faulty):\n    def store(self, *_): raise OverflowError\n",
        encoding="utf-8",
    )
    assert "store does not work: OverflowError" in kit("smoke", "raising:Raising").stderr


def test_a_classification_that_accepts_everything_is_refused() -> None:
    """Every failure would be a right one, so the kit would see none."""
    text = refusal(changed(classify=lambda self, error: "died"))
    assert "lookup.unregistered-is-error did not notice" in text
    assert text.endswith("check how classify is wired")


def test_a_classification_that_accepts_every_refusal_is_refused() -> None:
    """A store that is refused by the wrong error would be right, whichever that is."""

    def classify(self: object, error: Exception) -> str:
        return "died" if isinstance(error, LookupError) else "not-weak-referenceable"

    assert "store.not-weak-referenceable did not notice" in refusal(changed(classify=classify))


WRONG = (
    *(lambda self, *given: None, lambda self, *given: True, lambda self, *given: 0),
    lambda self, *given: given and given[-1],
    lambda self, *given: {}[0],
    CorrectTable.has_user_objects,
    CorrectTable.reset,
    CorrectTable.store,
    CorrectTable.get,
)


@pytest.mark.deep
@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_wrong_operation_hides_no_fault(name: str, wrong: object) -> None:
    """Some requirement fails by it, so nothing has to be planted for it."""
    if wrong is not vars(CorrectTable).get(name):
        assert run(changed(**{name: wrong}), budget="none").failed


def test_a_collection_that_does_nothing_is_refused() -> None:
    """Nothing would ever be seen to die, and nothing that is asked about it judged."""
    assert "its collect() frees nothing" in refusal(changed(collect=lambda self: None))


def test_a_collection_of_the_targets_own_is_used() -> None:
    """One that works is all that a run needs, and the interpreter collects as before."""
    calls: list[int] = []
    assert run(changed(collect=lambda self: calls.append(gc.collect())), budget="none").conformant
    assert len(calls) > 3
    assert gc.isenabled()


def test_the_target_is_left_reset(kit: Run, project: Path) -> None:
    """Also by a planted fault that does not pass a reset on."""
    (project / "live.py").write_text("import mine\ntable = mine.Table()\n", encoding="utf-8")
    assert kit("smoke", "live:table").returncode == 0
    assert kit("smoke", "live:table").returncode == 0


@pytest.mark.parametrize("name", [*FAULTS][::25])
def test_no_faulty_table_hides_what_is_planted(name: str) -> None:
    """A run never refuses a target because the target itself is faulty."""
    table, rule = FAULTS[name]
    edition = table.editions[-1]
    run(lambda: table(edition), edition=edition, budget="none")
    assert rule.faults


def test_a_target_that_fails_throughout_is_not_mis_wired() -> None:
    """Its faults are for the requirements to find, even where it ends the process."""

    def leave(self: object, *arguments: object) -> None:
        raise SystemExit

    assert not run(changed(store=leave, get=leave), budget="none").conformant


def test_where_nothing_dies_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter without a collector is not the target's fault."""
    monkeypatch.setattr(gc, "collect", lambda *generation: 0)
    gc.disable()
    try:
        report = run(changed(collect=lambda self: None), budget="none")
    finally:
        gc.enable()
    assert report.summary["not-testable"] > 0


@pytest.mark.parametrize("error", [KitError("wrong"), TargetError("mine", "gone")])
def test_a_check_that_goes_wrong_has_noticed_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Neither a fault of the kit nor a factory that fails is a fault that was noticed."""

    def check(bench: object) -> None:
        raise error

    wrong = Rule("area.rule", "core")
    wrong.check()(check)
    monkeypatch.setattr(wiring, "RULES", dict.fromkeys(wiring.RULES, wrong))
    with pytest.raises(type(error)):
        run(Table)


def test_a_live_table_whose_reset_raises_is_noticed() -> None:
    """That is no failure of a factory, and no fault that was missed."""

    class Faulty(Table):
        def reset(self) -> None:
            raise RuntimeError("no")

    assert run(Faulty(), budget="none").failed
