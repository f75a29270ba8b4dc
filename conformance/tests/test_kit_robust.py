"""Profile robust: its parent, and tables that can not be looked into, copied or forked."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Final, Self

import pytest

from sidetable_conformance import NotTestable, RequirementFailed, Session, Verdict, run
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.mutants._contexts import BOUND, Binding, Entry
from sidetable_conformance.mutants._robust import RobustTable
from sidetable_conformance.mutants._robust_steps import Whole
from sidetable_conformance.processes.forking import Wait, forked
from sidetable_conformance.processes.optimized import errors_elsewhere
from sidetable_conformance.processes.provoking import errors_of
from sidetable_conformance.targets.target import open_target
from sidetable_source import FrameError, LocalSource

from .implementations import module_of_views
from .implementations.generations import GenerationTable
from .implementations.lists import ListTable
from .implementations.objects import WeakValueTable
from .implementations.threads import ThreadTable

OWN: Final = "2026.11"


def verdict(target: object, id_: str) -> tuple[Verdict, str]:
    """Returns the verdict on one requirement, and what is said about it."""
    session = Session(target, edition=OWN, profile="robust")
    [row] = [row for row in session.requirements if row.id == id_]
    result = session.judge_alone(row)
    return result.verdict, result.message


def test_the_parent_keeps_every_rule() -> None:
    """The table that the mutants are children of is right itself."""
    report = run(partial(RobustTable, OWN), edition=OWN, profile="core,isolation,robust")
    assert report.failed == ()
    assert {result.verdict for result in report.results} == {Verdict.PASS}


@pytest.mark.parametrize(
    "target", [ListTable, WeakValueTable, GenerationTable, ThreadTable, module_of_views]
)
def test_everybody_gets_a_verdict(target: object) -> None:
    """Tables that promise less are judged all the same, and nothing goes wrong over them."""
    session = Session(target, edition=OWN, profile="robust")
    verdicts = {row.id: session.judge_alone(row).verdict for row in session.requirements}
    # Whether another interpreter can import these depends on the folder it begins in.
    verdicts.pop("robust.asserts-off")
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


class Meddled(RobustTable):
    """Does something in the middle of the next operation, once."""

    def __init__(self) -> None:
        super().__init__(OWN)
        self.meddle: Callable[[], object] | None = None

    def _with(self, whole: Whole, binding: Binding | None) -> Whole:
        changed = super()._with(whole, binding)
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return changed


def _enter(table: RobustTable, value: object) -> None:
    frame = table.frame(value)
    with frame:
        assert table.get(0) is value


MEDDLED: Final[dict[str, Callable[[RobustTable, object], object]]] = {
    "a registration": lambda table, value: table.register_user_object(value, LocalSource("x")),
    "a store": lambda table, value: table.store(value),
    "a set": lambda table, value: table.set(0, value),
    "a reset": lambda table, _: table.reset(),
    "a frame": _enter,
}


@pytest.mark.parametrize("in_a_frame", [False, True])
@pytest.mark.parametrize("name", MEDDLED)
def test_the_parent_begins_anew_when_somebody_came_between(name: str, in_a_frame: bool) -> None:
    """What it publishes over is what there is then."""

    def after(meddle: bool) -> list[object]:
        table, first, between, value = Meddled(), set(), set(), set()
        names = {id(first): "first", id(between): "between", id(value): "value"}

        def operate() -> list[object]:
            if meddle:
                table.meddle = lambda: table.store(first, between)
            else:
                table.store(first, between)
            MEDDLED[name](table, value)
            return [names[id(table.get(index))] for index in range(2) if is_bound(table, index)]

        kinds = (first, between, value)
        table.store(*kinds)
        if not in_a_frame:
            return operate()
        with table.frame(*kinds):
            return operate()

    assert Context().run(after, True) == Context().run(after, False)


def is_bound(table: RobustTable, index: int) -> bool:
    """Tells whether an index finds something."""
    with suppress(LookupError):
        table.get(index)
        return True
    return False


def test_the_parents_frames_are_entered_once() -> None:
    """As those of its own parent are."""
    frame = RobustTable(OWN).frame()
    with frame, pytest.raises(FrameError):
        frame.__enter__()


def test_the_parent_asks_again_which_context_this_is() -> None:
    """Something that binds in the middle of asking is not undone."""
    table, value = RobustTable(OWN), set()

    class Asked:
        """An entry, the first look at which binds something."""

        tokens: Final = [BOUND.set(BOUND.get())]
        looked = False

        @property
        def token(self) -> object:
            if not self.looked:
                self.looked = True
                table.store(value)
            return self.tokens[-1]

        @token.setter
        def token(self, token: object) -> None:
            self.tokens.append(token)

    assert table._is_here(Asked())
    assert table.get(0) is value
    assert not table._is_here(Entry(0, None))


# --- what can not be looked into, forked or copied --------------------------------------------


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
    monkeypatch.delattr(os, "fork")
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


# --- children ---------------------------------------------------------------------------------


def says(*said: str) -> Callable[[Wait], list[str]]:
    """Returns a child's body that waits and says something."""

    def body(wait: Wait) -> list[str]:
        wait()
        return [*said]

    return body


def ends(_: Wait) -> list[str]:
    """A child that crashes."""
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def raises(_: Wait) -> list[str]:
    """A child that raises."""
    raise ValueError("no")


def hangs(_: Wait) -> list[str]:
    """A child that waits for what nobody does."""
    signal.pause()
    return []


def test_a_child_says_what_it_saw() -> None:
    """Also a lot, after its parent has done something."""
    done: list[str] = []
    assert forked(says("a", "b" * 100_000), lambda: done.append("meanwhile")) == [
        "a",
        "b" * 100_000,
    ]
    assert done == ["meanwhile"]


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (ends, "it crashed with SIGKILL"),
        (raises, "ValueError: no"),
        (hangs, "it is stuck"),
    ],
)
def test_a_child_that_fails_is_a_failure(body: Callable[[Wait], list[str]], seen: str) -> None:
    """Whatever it does, its parent comes to an end, and so does the child."""
    with pytest.raises(RequirementFailed) as failure:
        forked(body, lambda: None, bound=0.2)
    assert failure.value.seen == seen


def test_a_parent_that_fails_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is ended, and waited for."""
    fork, forks = os.fork, list[int]()

    def noted() -> int:
        forks.append(fork())
        return forks[-1]

    def fails() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(os, "fork", noted)
    with pytest.raises(ZeroDivisionError):
        forked(hangs, fails, bound=0.2)
    with pytest.raises(ChildProcessError):
        os.waitpid(forks[0], os.WNOHANG)


# --- another interpreter ----------------------------------------------------------------------


def test_that_an_operation_raises_nothing_is_said_too() -> None:
    """A dictionary finds 0 by 0.0, and raises KeyError for the text."""
    errors = errors_of(open_target(partial(CorrectTable, "dynamo-2.13"), "dynamo-2.13"))
    assert errors["a lookup by 0.0"] == "no exception"
    assert errors["a lookup by '0'"] == "IndexNotRegisteredError"


def test_what_can_not_be_pickled_can_not_be_tested() -> None:
    """A function that was made inside of another one has no name elsewhere."""
    said, message = verdict(lambda: CorrectTable(OWN), "robust.asserts-off")
    assert said is Verdict.NOT_TESTABLE
    assert message.startswith("another process can not import it by a text, nor get it by a pickle")


def test_what_can_not_be_imported_there_can_not_be_tested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that this process has made itself is not there in another one."""
    module = ModuleType("made_here")
    vars(module)["Table"] = Copied
    monkeypatch.setitem(sys.modules, "made_here", module)
    said, message = verdict("made_here:Table", "robust.asserts-off")
    assert said is Verdict.NOT_TESTABLE
    assert "python -O can not get at it" in message
    assert "made_here" in message


def test_an_interpreter_that_is_not_there_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded Python may not know where it is."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(NotTestable, match="another interpreter: FileNotFoundError"):
        errors_elsewhere(open_target(module_of_views))
