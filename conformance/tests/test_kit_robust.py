"""Profile robust judges every table, also one that can not be looked into, copied or forked."""

from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace
from typing import Self

import pytest

from sidetable_conformance import Session, Verdict
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.mutants._robust import RobustTable

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


def test_a_store_that_raises_after_an_interrupt_is_the_targets_failure() -> None:
    """An interrupt that leaves a table unusable is found, whatever the table says then."""

    class Spoilt(RobustTable):
        interrupted = False

        def frame(self, *objects: object) -> object:
            try:
                return super().frame(*objects)
            except KeyboardInterrupt:
                self.interrupted = True
                raise

        def store(self, *objects: object) -> None:
            if self.interrupted:
                raise RuntimeError("spoilt")
            super().store(*objects)

    found, message = verdict(partial(Spoilt, OWN), "robust.interrupt")
    assert found is Verdict.FAIL
    assert "RuntimeError: spoilt" in message


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


@pytest.mark.parametrize("id_", ["robust.interrupt", "robust.finalizer-reentrancy"])
def test_what_has_no_bytecode_of_its_own_can_not_be_tested(id_: str) -> None:
    """Nothing can come in the middle of a function that is written in C."""
    said, message = verdict(View, id_)
    assert said is Verdict.NOT_TESTABLE
    assert "none of its own code is Python's" in message


def test_what_a_target_can_not_do_is_not_asked() -> None:
    """A table without sets, frames and handles has lookups all the same."""
    assert verdict(View, "robust.index-types") == (Verdict.PASS, "")


def test_where_there_is_no_fork_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs one can not be tested, and what can do without is judged all the same."""
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
