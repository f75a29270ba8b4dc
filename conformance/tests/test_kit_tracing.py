"""A failed check is shown by the shortest steps, and by a script that anybody can run."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextvars import Context
from functools import partial
from types import ModuleType

import pytest

from sidetable_conformance import Requirement, Result, Session, Verdict, requirements
from sidetable_conformance.mutants import MUTANTS, CorrectTable, Edition, Mutant
from sidetable_conformance.targets.target import open_target
from sidetable_conformance.tracing.explaining import explain_failure, trace_of
from sidetable_conformance.tracing.script import LONGEST

pytestmark = pytest.mark.slow

OWN: Edition = "2026.11"
CORE = {row.id: row for row in requirements() if row.profile == "core"}


def faults() -> Iterator[object]:
    """Gives each fault; those that are caught at a point where another one is are `deep`."""
    points: set[tuple[str, str]] = set()
    for mutant in MUTANTS:
        if mutant.caught_by in CORE:
            point = (mutant.caught_by, mutant.through)
            makes_an_index_small = mutant.__name__ == "IndexWrapsAround"
            again = point in points and not makes_an_index_small
            marks = [pytest.mark.deep] if again else []
            points.add(point)
            yield pytest.param(mutant, marks=marks, id=mutant.__name__)


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that can be imported, for a test to put its target in."""
    module = ModuleType("mine")
    monkeypatch.setitem(sys.modules, "mine", module)
    return module


def ended_with(script: str) -> object:
    """Runs a script, and returns what it ended with."""
    try:
        exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        return end.code
    return None


def failure(session: Session, id_: str) -> Result:
    """Returns what a target fails."""
    [row] = [row for row in session.requirements if row.id == id_]
    return session.judge_alone(row)


def fault(name: str) -> type[Mutant]:
    """Returns a mutant by its name."""
    return next(mutant for mutant in MUTANTS if mutant.__name__ == name)


def explained(name: str, id_: str = "", edition: Edition = OWN) -> tuple[tuple[str, ...], str]:
    """Returns the trace and the script of a mutant's failure."""
    mutant = fault(name)
    session = Session(partial(mutant, edition), edition=edition)
    found = explain_failure(session.target, edition, failure(session, id_ or mutant.caught_by))
    assert found is not None
    return found


@pytest.mark.parametrize("mutant", list(faults()))
def test_a_fault_has_a_script(mine: ModuleType, mutant: type[Mutant]) -> None:
    """Of every fault there is one that fails with the fault, passes without, and is short."""
    for edition in mutant.editions[0 if CORE[mutant.caught_by].difference else -1 :]:
        mine.Table = partial(mutant, edition)
        session = Session("mine:Table", edition=edition)
        found = explain_failure(session.target, edition, failure(session, mutant.caught_by))
        assert found is not None
        lines, script = found
        assert lines
        assert 0 < len(script.splitlines()) <= LONGEST
        said = ended_with(script)
        assert isinstance(said, str)
        assert "expected" in said
        assert "seen" in said
        mine.Table = partial(CorrectTable, edition)
        assert ended_with(script) is None


def test_the_trace_is_as_short_as_it_can_be() -> None:
    """Nothing stands in it that the failure does not need, and the last line says what it is."""
    lines, _ = explained("StoreUpdates")
    assert lines == ("store(a)", "store()", "get(0): expected a lookup's error; seen a")


def test_an_index_follows_what_was_taken_out() -> None:
    """What was seen at a large index is seen at a small one."""
    lines, _ = explained("StoreUpdates", "store.replaces-trace-time")
    assert lines[-1] == "get(0): expected a lookup's error; seen a"


def test_a_correct_table_has_no_trace(make: Callable[[], CorrectTable]) -> None:
    """Nothing is made up for a failure that does not come again."""
    failed = Result(CORE["store.returns-nothing"], Verdict.FAIL, fact=((1,), "fact"))
    assert explain_failure(open_target(make), OWN, failed) is None


def test_another_profile_has_no_trace(make: Callable[[], CorrectTable]) -> None:
    """What needs several tables or threads is not a sequence of steps on one table."""
    row = Requirement("isolation.tables", "MUST", "isolation", "Two tables share nothing.")
    assert explain_failure(open_target(make), OWN, Result(row, Verdict.FAIL)) is None


def test_a_target_that_fails_to_be_made_has_no_trace() -> None:
    """Whatever a target does when it is asked again, its failure can be reported."""
    made = iter([CorrectTable(OWN)])
    target = open_target(lambda: next(made))
    failed = Result(CORE["store.returns-nothing"], Verdict.FAIL)
    assert explain_failure(target, OWN, failed) is None


def test_a_target_without_a_text_has_no_script() -> None:
    """A trace can be shown of every target, a script only of one that can be imported."""
    lines, script = explained("StoreReturnsTheTable")
    assert lines
    assert script == ""


def test_a_text_that_is_only_a_name_has_no_script(make: Callable[[], CorrectTable]) -> None:
    """A name that the caller made up does not become an import."""
    target = open_target(partial(fault("StoreReturnsTheTable"), OWN), name="no_such_module:Table")
    session = Session(target.given, name="no_such_module:Table")
    found = explain_failure(session.target, OWN, failure(session, "store.returns-nothing"))
    assert found is not None
    assert found[1] == ""


@pytest.mark.parametrize("attribute", ["", ":table"])
def test_a_module_and_an_object_are_imported_as_they_are(mine: ModuleType, attribute: str) -> None:
    """A script uses a table that is there already, by the names that it has."""
    table = fault("StoreUpdates")("dynamo-2.13")
    mine.table = table
    mine.register_user_object = table.register_user_object
    mine.register_graph_created_object = table.register_graph_created_object
    mine.has_user_objects = table.has_user_objects
    mine.index_to_bytecode_constructor = table.constructors
    mine.store_user_object_weakrefs = table.store
    mine.get_external_object_by_index = table.get
    mine.reset_user_object_tracking = table.reset
    session = Session(f"mine{attribute}", edition="dynamo-2.13")
    found = explain_failure(session.target, "dynamo-2.13", failure(session, "store.replaces-all"))
    assert found is not None
    _, script = found
    assert ("table.store(a)" if attribute else "table.store_user_object_weakrefs(a)") in script
    table.reset()
    assert ended_with(script) == "expected a lookup's error; seen 'a'"


def test_a_target_is_left_reset(mine: ModuleType) -> None:
    """Nothing of the trace stays registered, or alive."""
    mine.table = fault("StoreUpdates")(OWN)
    session = Session("mine:table")
    assert trace_of(session.target, OWN, failure(session, "store.replaces-all")) is not None
    assert not mine.table.has_user_objects()


def test_a_collector_that_was_frozen_stays_frozen(frozen: Callable[[object], bool]) -> None:
    """What somebody else has frozen is neither thawed nor joined by more, and ours is thawed."""
    theirs: list[object] = []
    gc.freeze()
    ours: list[object] = []
    Context().run(explained, "StoreUpdates")
    assert frozen(theirs)
    assert not frozen(ours)
    gc.unfreeze()
    Context().run(explained, "StoreUpdates")
    assert not frozen(theirs)
    assert gc.get_freeze_count() == 0
    gc.freeze()


def test_steps_are_told_in_words() -> None:
    """Every kind of step has words of its own."""
    said = {word for name in WORDED for line in explained(name)[0] for word in line.split()}
    words = {"register", "drop", "reset()", "set(0,", "keep", "run", "enumerate", "alive:"}
    assert words <= said


WORDED = (
    "StoreUpdates",
    "NumberingOutlivesReset",
    "SetHoldsWeakly",
    "EnumeratedConstructorRunsOnce",
    "ConstructorsInReverse",
    "UserObjectIsKept",
)


def test_it_is_the_same_every_time() -> None:
    """A failure has one trace."""
    assert explained("LookupConsumes") == explained("LookupConsumes")
