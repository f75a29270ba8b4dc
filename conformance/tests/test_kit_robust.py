"""Profile robust judges every table, also one that cannot be looked into, copied or forked."""

from __future__ import annotations

import gc
import os
from functools import partial
from types import SimpleNamespace
from typing import Self

import pytest

from sidetable_conformance import Session, Verdict
from sidetable_conformance.own_code import Moments, OwnCode
from sidetable_conformance.spec import CAPABILITIES
from sidetable_conformance.tables.core import CorrectTable
from sidetable_conformance.tables.isolated import IsolatedTable
from sidetable_conformance.tables.robust import RobustTable
from sidetable_source import errors

from .implementations import module_of_views
from .implementations.generations import GenerationTable
from .implementations.lists import ListTable
from .implementations.objects import WeakValueTable
from .implementations.threads import ThreadTable
from .judged_alone import OWN, verdict

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "target", [ListTable, WeakValueTable, GenerationTable, ThreadTable, module_of_views]
)
def test_everybody_gets_a_verdict(target: object) -> None:
    """Tables that promise less are judged all the same, and nothing goes wrong over them."""
    session = Session(target, edition=OWN, profile="robust")
    verdicts = {row.id: session.judge_alone(row).verdict for row in session.requirements}
    # Whether another interpreter can import these depends on the folder it begins in.
    verdicts.pop("robust.asserts-off")
    if not hasattr(os, "fork"):
        assert verdicts.pop("robust.fork") is Verdict.NOT_TESTABLE
        del verdicts["robust.hostile-sources"]  # a part of it needs a fork
    assert set(verdicts.values()) <= {Verdict.PASS, Verdict.FAIL}


class View(SimpleNamespace):
    """A table whose operations are written in files that are nobody's own."""

    __module__ = "types"

    def __init__(self) -> None:
        names = ("get", "reset", "store", "has_user_objects")
        more = ("register_user_object", "register_graph_created_object")
        self._table = RobustTable(OWN)
        super().__init__(**{name: getattr(self._table, name) for name in (*names, *more)})

    @property
    def constructors(self) -> object:
        return self._table.constructors


def test_what_has_no_bytecode_of_its_own_can_not_be_tested() -> None:
    """Nothing can come in the middle of a function that is written in C."""
    said, message = verdict(View, "robust.finalizer-reentrancy")
    assert said is Verdict.NOT_TESTABLE
    assert "none of its own code is Python's" in message


def test_what_a_target_can_not_do_is_not_asked() -> None:
    """A table without sets, frames and handles has lookups all the same."""
    assert verdict(View, "robust.index-types") == (Verdict.PASS, "")


def test_where_there_is_no_fork_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs one cannot be tested, and what can do without is judged all the same."""
    monkeypatch.delattr(os, "fork", raising=False)
    target = partial(RobustTable, OWN)
    assert verdict(target, "robust.fork") == (
        Verdict.NOT_TESTABLE,
        "this platform has no os.fork",
    )
    said, message = verdict(target, "robust.hostile-sources")
    assert said is Verdict.NOT_TESTABLE
    assert message.startswith("everything but an entry function with a chain of 10000 steps is ri")
    assert message.endswith(": this platform has no os.fork")


def test_who_has_switched_the_collector_off_finds_it_off() -> None:
    """Moments switch it off for themselves, and leave it as it was."""
    gc.disable()
    try:
        assert Moments(OwnCode()).at(0, lambda: None, lambda: None)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("id_", ["isolation.tables", "lifetime.dropped-tables"])
def test_tables_without_more_powers_are_kept_apart(id_: str) -> None:
    """Neither sets, frames nor snapshots are needed for that."""
    table = partial(IsolatedTable, OWN)
    session = Session(table, edition=OWN, profile="isolation", without={*CAPABILITIES} - {"tables"})
    [row] = [row for row in session.requirements if row.id == id_]
    assert session.judge_alone(row).verdict is Verdict.PASS


class Copied(CorrectTable):
    """A table whose copies are tables of their own, in which nothing is bound."""

    def __init__(self) -> None:
        super().__init__(OWN)

    def __copy__(self) -> Self:
        return type(self)()

    def __deepcopy__(self, _: object) -> Self:
        return type(self)()

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        return type(self), ()


def test_a_copy_may_be_a_table_of_its_own() -> None:
    """It need not be refused."""
    assert verdict(Copied, "robust.copy-and-pickle") == (Verdict.PASS, "")


# --- the table that faults of the profile are derived from ---------------------------------------


def test_a_frame_is_entered_once() -> None:
    """Another frame is needed for another time."""
    frame = RobustTable(OWN).frame()
    with frame, pytest.raises(errors.SideTableError, match="entered twice"):
        frame.__enter__()
