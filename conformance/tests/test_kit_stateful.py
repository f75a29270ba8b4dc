"""The state machine finds nothing on what is right, and good faults under the right ids."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from functools import partial
from types import ModuleType

import pytest

from sidetable_conformance import TargetError, requirements
from sidetable_conformance.mutants import MUTANTS, CorrectTable, Edition, Mutant
from sidetable_conformance.stateful import explore
from sidetable_conformance.targets.target import open_target

from .implementations import module_of_views
from .implementations.generations import GenerationTable
from .implementations.like_pytorch import LikePyTorch
from .implementations.lists import ListTable
from .implementations.objects import WeakValueTable
from .implementations.threads import ThreadTable

pytestmark = pytest.mark.slow

DYNAMO: Edition = "dynamo-2.13"
OWN: Edition = "2026.11"
CORE = {row.id for row in requirements() if row.profile == "core"}
FAULTS = [(mutant, mutant.editions[-1]) for mutant in MUTANTS if mutant.caught_by in CORE][::2]
RIGHT: dict[str, tuple[object, Edition]] = {
    "parent": (partial(CorrectTable, OWN), OWN),
    "parent in dynamo": (partial(CorrectTable, DYNAMO), DYNAMO),
    "lists": (ListTable, OWN),
    "one list table": (ListTable(), OWN),
    "weak values": (WeakValueTable, OWN),
    "generations": (GenerationTable, OWN),
    "threads": (ThreadTable, OWN),
    "module of views": (module_of_views, DYNAMO),
    "like PyTorch": (LikePyTorch, DYNAMO),
}


@pytest.fixture(autouse=True, scope="module")
def quick_collections() -> Iterator[None]:
    """Leaves what is older than the runs out of their collections, which are most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def fault(name: str) -> type[Mutant]:
    """Returns a mutant by its name."""
    return next(mutant for mutant in MUTANTS if mutant.__name__ == name)


@pytest.mark.parametrize(("target", "edition"), RIGHT.values(), ids=RIGHT)
def test_nothing_is_found_on_what_is_right(target: object, edition: Edition) -> None:
    """Whatever a correct table is made of, no order of steps shows a difference."""
    assert explore(target, edition) is None


def test_most_faults_are_found() -> None:
    """With the smallest budget more than half of them, each under an id that it breaks."""
    found: list[str] = []
    for mutant, edition in FAULTS:
        finding = explore(partial(mutant, edition), edition, "quick")
        if finding is not None:
            assert finding.id in {mutant.caught_by, *mutant.also}, mutant
            found.append(mutant.__name__)
    assert len(found) * 2 > len(FAULTS), found


def test_a_finding_says_all_there_is_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the id, what was done, expected and seen, and a script that shows it."""
    mine = ModuleType("mine")
    mine.Table = partial(fault("StoreUpdates"), OWN)
    monkeypatch.setitem(sys.modules, "mine", mine)
    finding = explore("mine:Table")
    assert finding is not None
    assert finding.id == "store.empty-clears"
    assert finding.when == "after store(a), store()"
    assert finding.expected == "a lookup's error"
    assert finding.seen == "a"
    with pytest.raises(SystemExit, match="expected a lookup's error"):
        exec(finding.script, {})


def test_a_budget_of_none_tries_nothing() -> None:
    """Not even a factory is called."""
    assert explore(fault("StoreUpdates"), budget="none") is None


def test_a_finding_may_need_no_step_before() -> None:
    """What is wrong with a fresh table is found on one."""
    finding = explore(partial(fault("UnboundIsNone"), OWN))
    assert finding is not None
    assert finding.when == "on a fresh table"
    assert finding.script == ""


def test_it_finds_the_same_every_time() -> None:
    """Neither chance nor an earlier run has a say in it."""
    table = partial(fault("RemembersTheLastResult"), OWN)
    assert explore(table) == explore(table)


def test_what_fails_once_is_found_whole() -> None:
    """A failure that does not come again is not shortened, and not lost."""
    returned = iter([5])

    class FailsOnce(CorrectTable):
        def store(self, *objects: object) -> object:
            super().store(*objects)
            return next(returned, None)

    finding = explore(partial(FailsOnce, OWN))
    assert finding is not None
    assert finding.id == "store.returns-nothing"
    assert finding.seen == "5"


def test_a_target_that_was_opened_is_not_opened_again() -> None:
    """A caller that has a target already passes it on."""
    assert explore(open_target(partial(CorrectTable, OWN)), budget="quick") is None


def test_a_target_that_can_not_set_is_not_asked_to() -> None:
    """Capabilities are asked for where they are."""
    target = open_target(partial(CorrectTable, OWN), capabilities=())
    assert explore(target, budget="quick") is None


def test_an_unknown_budget_is_refused() -> None:
    """The message has those that there are."""
    with pytest.raises(ValueError, match="quick, normal, deep"):
        explore(partial(CorrectTable, OWN), budget="endless")


def test_a_target_that_can_not_be_used_is_refused() -> None:
    """As everywhere in the kit."""
    with pytest.raises(TargetError):
        explore("json")
