"""Targets whose operations go by other names, and the tables that PyTorch itself has had."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sidetable_conformance import Session, TargetError, requirements
from sidetable_conformance.adapters import (
    Adapter,
    ErrorKind,
    PyTorchDictionaries,
    adapt,
    pytorch_dictionaries,
    pytorch_registry,
)
from sidetable_conformance.driver import open_target
from sidetable_conformance.tables.core import CorrectTable
from sidetable_source import LocalSource

from .implementations.pytorch_registry import PyTorchRegistry

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]

OWN, DYNAMO = "2026.11", "dynamo-2.13"

# A table in a project that knows nothing of the kit, and the two ways to adapt it.
POOL = '''\
from sidetable_conformance.tables import CorrectTable


class Pool:
    """A table whose operations go by names of its own."""

    def __init__(self):
        self._table = CorrectTable("2026.11")
        self.add = self._table.register_user_object
        self.add_made = self._table.register_graph_created_object
        self.any = self._table.has_user_objects
        self.peek = self._table.get
        self.wipe = self._table.reset

    def put(self, objects):
        self._table.store(*objects)

    def builders(self):
        return list(self._table.constructors.values())
'''
ADAPTED = """\
from pool import Pool
from sidetable_conformance.adapters import adapt

make = adapt(Pool, store=lambda pool, *objects: pool.put(objects), get="peek", reset="wipe",
             constructors=Pool.builders, has_user_objects="any", register_user_object="add",
             register_graph_created_object="add_made")
"""
OWN_TESTS = """\
import pytest
from adapted import make
from sidetable_conformance.suite import *

@pytest.fixture
def sidetable_target():
    return make
"""


class Table(CorrectTable):
    """A correct table, which a test may adapt."""

    def __init__(self) -> None:
        super().__init__(OWN)

    def put(self, objects: list[object]) -> None:
        self.store(*objects)


ANY = "core.any-sequence"
"""It fails wherever anything else does."""


def failed(target: object, edition: str) -> set[str]:
    """Returns the requirements that a target does not keep, whatever they need."""
    session = Session(target, edition=edition)
    results = [session.judge_alone(row) for row in session.requirements]
    assert {result.verdict for result in results} <= {*["pass", "fail", "not-applicable"]}
    return {result.id for result in results if result.red} - {ANY}


def registry() -> Any:
    """Returns a new per-trace registry as a target."""
    table = PyTorchRegistry()
    return pytorch_registry(table, table.tls)


# --- renaming --------------------------------------------------------------------------------


def test_an_adapter_of_eight_lines_makes_a_target_of_any_table(kit: Run, project: Path) -> None:
    """From a folder outside the checkout, the command line finds it conformant."""
    assert len(ADAPTED.splitlines()) <= 8
    (project / "pool.py").write_text(POOL, encoding="utf-8")
    (project / "adapted.py").write_text(ADAPTED, encoding="utf-8")
    done = kit("run", "adapted:make")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " requirements pass; not asked: set" in done.stdout


def test_the_same_adapter_is_judged_by_pytest(python: Run, project: Path) -> None:
    """In a test file of the project's own, of eight lines."""
    assert len(OWN_TESTS.splitlines()) <= 8
    (project / "pool.py").write_text(POOL, encoding="utf-8")
    (project / "adapted.py").write_text(ADAPTED, encoding="utf-8")
    (project / "test_own.py").write_text(OWN_TESTS, encoding="utf-8")
    done = python("-m", "pytest", "-p", "no:cacheprovider", "test_own.py")
    assert " passed, 4 skipped" in done.stdout, done.stdout


def test_an_operation_may_go_by_its_own_name() -> None:
    """Nothing has to be said of what is called as the kit calls it."""
    assert "set" in open_target(adapt(Table)).capabilities
    assert failed(adapt(Table), OWN) == set()


def test_an_operation_can_be_said_not_to_be_there() -> None:
    """A method of that name that does something else is not driven."""
    target = open_target(adapt(Table, set=None))
    assert "set" in target.claims.without


def test_a_missing_name_is_missing() -> None:
    """What an adapter does not give is told as the target's."""
    with pytest.raises(TargetError, match="SideTable's names except get"):
        open_target(adapt(Table, get="peek"))


def test_an_operation_that_there_is_not_is_refused() -> None:
    """A typo is an error where it is made."""
    with pytest.raises(TypeError, match="adapt\\(\\) takes no stroe; it takes register_user_"):
        adapt(Table, stroe="put")  # type: ignore[call-arg]


def test_what_an_adapted_table_says_of_itself_is_taken_as_it_is() -> None:
    """A classification and a collector are no operations of the table."""
    calls: list[str] = []
    make = adapt(
        Table,
        classify=lambda error: ErrorKind.DIED,
        collect=lambda: calls.append("collected"),
    )
    claims = open_target(make).claims
    claims.collect()
    assert calls == ["collected"]
    assert claims.classify(KeyError()) is ErrorKind.DIED


def test_what_a_table_says_of_itself_is_passed_on() -> None:
    """An adapter that says nothing leaves it to the table."""

    class Saying(Table):
        def classify(self, error: BaseException) -> str:
            return "died"

    assert open_target(adapt(Saying)).claims.classify(KeyError()) is ErrorKind.DIED


def test_a_report_calls_an_adapted_factory_by_its_name() -> None:
    """The name is that of the class that people know."""
    assert open_target(adapt(Table)).name.endswith(":Table")


# --- classes ---------------------------------------------------------------------------------


def test_a_class_can_say_some_operations_anew() -> None:
    """The rest is passed on to the table, of which each adapter has one."""

    class Adapted(Adapter, table=Table):
        def store(self, *objects: object) -> None:
            self.table.put(list(objects))

    assert failed(Adapted, OWN) == set()
    assert Adapted().table is not Adapted().table


def test_what_makes_the_table_may_be_a_function() -> None:
    """It is called without the adapter, as a class is."""

    def make() -> Table:
        return Table()

    class Adapted(Adapter, table=make):
        pass

    assert not Adapted().has_user_objects()


def test_a_class_that_names_nothing_is_told_so() -> None:
    """The message shows what to write."""

    class Empty(Adapter):
        pass

    reason = re.escape("it has no table; write class Empty(Adapter, table=...)")
    with pytest.raises(AttributeError, match=reason):
        Empty().get(0)


# --- PyTorch's -------------------------------------------------------------------------------

OPPOSITE = {row.id for row in requirements() if row.difference == "opposite"}
STRICTER = {row.id for row in requirements() if row.difference == "stricter"}

# What tells the two apart, whatever the edition: a negative index finds the last object and sets
# it (negative-is-error, repeatable, bounds), registering binds the trace's objects again over the
# stored ones (after-store), and a registered index that a store left out cannot be set
# (replaces-one, not-weak-referenceable).
LATER = {
    "lookup.negative-is-error",
    "lookup.repeatable",
    "index.after-store",
    "set.replaces-one",
    "set.bounds",
    "set.not-weak-referenceable",
}


def test_the_dictionaries_keep_the_edition_that_is_named_after_them() -> None:
    """All of it, and under the other edition nothing that is opposite or stricter."""
    target = pytorch_dictionaries(PyTorchDictionaries())
    assert failed(target, DYNAMO) == set()
    assert failed(target, OWN) == OPPOSITE | STRICTER


def test_the_dictionaries_need_no_adapter() -> None:
    """Their names are known; only what their messages mean is not."""
    assert failed(PyTorchDictionaries, DYNAMO) == set()


def test_the_registry_differs_from_the_dictionaries_on_exactly_these() -> None:
    """It leaves a failure without a trace, as 2026.11 asks; the rest is what it does otherwise."""
    left_whole = OPPOSITE - {"set.lifetime"}
    assert failed(registry(), DYNAMO) == left_whole | LATER
    assert failed(registry(), OWN) == (OPPOSITE | STRICTER | LATER) - left_whole


def test_both_say_by_message_which_failure_it_is() -> None:
    """An AssertionError in their words is a kind; in others it is only a lookup's."""
    for target in (pytorch_dictionaries(PyTorchDictionaries()), registry()):
        classify = open_target(target).claims.classify
        assert classify(AssertionError("Index not registered in x")) is ErrorKind.NEVER_BOUND
        assert classify(AssertionError("Index past the end of x")) is ErrorKind.NEVER_BOUND
        assert classify(AssertionError("User object is no longer alive")) is ErrorKind.DIED
        assert classify(AssertionError("something else")) is ErrorKind.NOT_FOUND
        assert classify(KeyError("not registered, no longer alive")) is ErrorKind.NEVER_BOUND


def test_the_trace_that_was_going_on_is_put_back() -> None:
    """A registration by the kit, also one that fails, leaves the caller's trace as it was."""
    table = PyTorchRegistry()
    table.tls.current_tx = going_on = SimpleNamespace()
    target = pytorch_registry(table, table.tls)
    value = {1}
    assert target.register_user_object(value, LocalSource("value")) == 0
    with pytest.raises(RuntimeError):
        target.register_user_object(5, LocalSource("value"))
    assert table.tls.current_tx is going_on
    assert not hasattr(going_on, "output")


def test_a_reset_begins_a_new_trace() -> None:
    """What the old one registered and kept goes with it."""
    target = registry()
    value = {1}
    target.register_graph_created_object(value, print)
    assert (len(target.constructors), target.has_user_objects()) == (1, True)
    target.reset()
    assert (len(target.constructors), target.has_user_objects()) == (0, False)
