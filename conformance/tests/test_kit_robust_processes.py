"""Children and other interpreters: what they say comes back, and whatever they do they end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType

import pytest

from sidetable_conformance import NotTestable, RequirementFailed, Verdict
from sidetable_conformance.driver import open_target
from sidetable_conformance.elsewhere import BOUND, Wait, forked
from sidetable_conformance.rules.robust.asserts_off import errors_elsewhere, errors_of
from sidetable_conformance.tables.core import CorrectTable

from .implementations import module_of_views
from .judged_alone import OWN, verdict

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")


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


@forking
def test_a_child_says_what_it_saw() -> None:
    """Also a lot, after its parent has done something."""
    done: list[str] = []
    assert forked(says("a", "b" * 100_000), lambda: done.append("meanwhile")) == [
        "a",
        "b" * 100_000,
    ]
    assert done == ["meanwhile"]


@forking
@pytest.mark.parametrize(
    ("body", "seen", "bound"),
    [
        (ends, "it crashed with SIGKILL", BOUND),
        (raises, "ValueError: no", BOUND),
    ],
)
def test_a_child_that_fails_is_a_failure(
    body: Callable[[Wait], list[str]], seen: str, bound: float
) -> None:
    """Whatever it does, its parent ends, and so does the child."""
    with pytest.raises(RequirementFailed) as failure:
        forked(body, lambda: None, bound=bound)
    assert failure.value.seen == seen


@forking
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
        forked(hangs, fails)
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
    assert message.startswith("another process can neither import it by name nor unpickle it")


def test_what_can_not_be_imported_there_can_not_be_tested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that this process has made itself is not there in another one."""
    module = ModuleType("made_here")
    vars(module)["Table"] = partial(CorrectTable, OWN)
    monkeypatch.setitem(sys.modules, "made_here", module)
    said, message = verdict("made_here:Table", "robust.asserts-off")
    assert said is Verdict.NOT_TESTABLE
    assert "python -O cannot import or unpickle it" in message
    assert "made_here" in message


def test_an_interpreter_that_is_not_there_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded Python may not know where it is."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(NotTestable, match="another interpreter: FileNotFoundError"):
        errors_elsewhere(open_target(module_of_views))
