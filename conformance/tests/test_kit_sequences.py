"""What the state machine finds, what it lets pass, and the scripts that show failures."""

from __future__ import annotations

import builtins
import importlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from contextvars import Context
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from sidetable_conformance import Result, Session, Verdict, run
from sidetable_conformance.driver import open_target
from sidetable_conformance.rules import FAULTS, RULES
from sidetable_conformance.rules.core import any_sequence
from sidetable_conformance.session import explained
from sidetable_conformance.spec import CORE
from sidetable_conformance.tables import CorrectTable, Edition, IsolatedTable
from sidetable_conformance.transcript import Log, script_of
from sidetable_source import errors

from .implementations import module_of_views
from .implementations.generations import GenerationTable
from .implementations.like_pytorch import LikePyTorch
from .implementations.lists import ListTable
from .implementations.objects import WeakValueTable
from .implementations.threads import ThreadTable

pytestmark = pytest.mark.slow

DYNAMO: Edition = "dynamo-2.13"
OWN: Edition = "2026.11"
ANY = "core.any-sequence"
RIGHT: dict[str, tuple[object, Edition]] = {
    "core": (partial(CorrectTable, OWN), OWN),
    "core in dynamo": (partial(CorrectTable, DYNAMO), DYNAMO),
    "isolated": (partial(IsolatedTable, OWN), OWN),
    "lists": (ListTable, OWN),
    "one list table": (ListTable(), OWN),
    "weak values": (WeakValueTable, OWN),
    "generations": (GenerationTable, OWN),
    "threads": (ThreadTable, OWN),
    "module of views": (module_of_views, DYNAMO),
    "like PyTorch": (LikePyTorch, DYNAMO),
}
SOME = [
    (name, edition)
    for name, (table, rule) in [*FAULTS.items()][::20]
    for edition in table.editions[-1:]
    if rule.requirement.profile == CORE and rule.id != ANY
]


def judged(target: object, edition: Edition = OWN, id_: str = ANY, **asked: object) -> Result:
    """Returns what the check of one requirement says."""
    session = Session(target, edition=edition, **asked)
    [row] = [row for row in session.requirements if row.id == id_]
    return session.judge_alone(row)


@pytest.mark.parametrize(("target", "edition"), RIGHT.values(), ids=RIGHT)
def test_nothing_is_found_on_what_is_right(target: object, edition: Edition) -> None:
    """Whatever a correct table is made of, no order of operations shows a difference."""
    assert judged(target, edition, budget="quick").verdict is Verdict.PASS


@pytest.mark.deep
def test_most_faults_are_found() -> None:
    """Of every twentieth fault of profile core more than half, with the smallest budget."""
    found = [
        judged(partial(FAULTS[name][0], edition), edition, budget="quick").verdict is Verdict.FAIL
        for name, edition in SOME
    ]
    assert sum(found) * 2 > len(found)


def test_it_finds_the_same_every_time() -> None:
    """Neither chance nor an earlier run has a say in it."""
    table = partial(FAULTS["StoreUpdates"][0], OWN)
    assert judged(table) == judged(table)


def test_what_fails_once_is_a_failure() -> None:
    """Also where it cannot be shortened, because it does not come again."""
    returned = iter([5])

    class FailsOnce(CorrectTable):
        def store(self, *objects: object) -> object:
            super().store(*objects)
            return next(returned, None)

    result = judged(partial(FailsOnce, OWN))
    assert (result.verdict, result.when, result.seen) == (Verdict.FAIL, "a store", "5")


def test_an_operation_that_raises_is_a_failure() -> None:
    """It is named, with what it raised."""

    class Full(CorrectTable):
        def store(self, *objects: object) -> None:
            super().store(*objects)
            if len(objects) > 1:
                raise OverflowError("full")

    result = judged(partial(Full, OWN))
    assert result.when == "store was called"
    assert result.seen == "OverflowError: full"


@pytest.mark.parametrize("past", [0, 1])
def test_what_is_found_past_the_end_is_a_failure(past: int) -> None:
    """Two objects were stored, and a third index finds one, or a fourth."""

    class FindsOneMore(CorrectTable):
        def get(self, index: int) -> object:
            return super().get(1 if len(self._references) == 2 and index == 2 + past else index)

    result = judged(partial(FindsOneMore, OWN), budget="quick")
    assert (result.verdict, result.when) == (Verdict.FAIL, "after these operations")


@pytest.mark.parametrize("known", [True, False])
def test_a_set_that_raises_is_a_failure(known: bool) -> None:
    """Of an index that is known, and of another one by what is no lookup's error."""

    class Full(CorrectTable):
        def set(self, index: int, value: object) -> None:
            try:
                self.get(index)
            except LookupError:
                if not known:
                    raise OverflowError("full") from None
            else:
                if known:
                    raise OverflowError("full")
            super().set(index, value)

    result = judged(partial(Full, OWN), budget="quick")
    assert (result.when, result.seen) == ("set was called", "OverflowError: full")


def test_a_source_that_is_called_at_registration_is_a_failure() -> None:
    """Nothing that was registered may be called before its constructor runs."""
    result = judged(partial(FAULTS["SourceIsTriedAtRegistration"][0], OWN))
    assert result.seen == "the source"


def test_a_target_that_cannot_set_is_not_asked_to() -> None:
    """Capabilities are asked for where they are."""
    assert judged(partial(CorrectTable, OWN), without=["set"]).verdict is Verdict.PASS


def test_where_nothing_can_be_tried_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with a budget of none, nor without Hypothesis."""
    table = partial(CorrectTable, OWN)
    assert judged(table, budget="none").verdict is Verdict.NOT_TESTABLE
    monkeypatch.setattr(any_sequence, "find_spec", lambda name: None)
    missing = judged(table)
    assert missing.verdict is Verdict.NOT_TESTABLE
    assert "pip install 'sidetable-conformance[stateful]'" in missing.message


def test_it_is_blocked_where_something_else_fails() -> None:
    """What is known to fail would be found again."""
    report = run(partial(FAULTS["DeadIsNone"][0], OWN))
    [last] = [result for result in report.results if result.id == ANY]
    assert last.verdict is Verdict.BLOCKED


# --- scripts ----------------------------------------------------------------------------------


MINE = """\
from functools import partial

from sidetable_conformance.rules import FAULTS
from sidetable_conformance.rules.core import any_sequence

for name, (table, _) in FAULTS.items():
    globals()[name] = partial(table, "2026.11")
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module that a script can import, with every faulty table."""
    (tmp_path / "faulty.py").write_text(MINE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("faulty")
    del sys.modules["faulty"]


def scripts(target: str, **asked: object) -> dict[str, str]:
    """Returns the script of each failure of a target."""
    return {result.id: result.script for result in run(target, **asked).results if result.script}


@pytest.mark.parametrize(
    ("name", "id_", "lines"),
    [
        (
            "StoreUpdates",
            "store.replaces-all",
            ["table.store(a, b, c)", "table.store(d)", "print(table.get(1))"],
        ),
        (
            "SecondRefusedStoreClears",
            "core.any-sequence",
            ["a = Thing()", "table.store(a)", "with suppress(Exception): table.store(5)"],
        ),
        ("StoresInReverse", "store.position-is-index", ["assert table.get(0) is a"]),
        ("StoreKeepsTheFirst", "store.holds-weakly", ["watch = weakref.ref(a)", "del a"]),
        ("StoresEqualObjectsOnce", "store.duplicates-kept", ["class Equal: __eq__ = "]),
    ],
)
def test_a_failure_has_a_script(
    mine: ModuleType, tmp_path: Path, name: str, id_: str, lines: list[str]
) -> None:
    """The calls that the failing table got, at most 20 lines, and nothing of the kit."""
    script = scripts(f"faulty:{name}", budget="quick")[id_]
    assert f"table = faulty.{name}()\n" in script
    assert len(script.splitlines()) <= 20
    assert "import sidetable_conformance" not in script
    assert "from sidetable_conformance" not in script
    assert "# expected: " in script
    assert all(line in script for line in lines), script
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    # It shows what is wrong, by what it prints or by the error of its last call.
    assert (done.returncode, bool(done.stdout)) in ((0, True), (1, False)), done.stderr


def test_a_schedule_has_a_script_too(mine: ModuleType) -> None:
    """It needs the kit, which runs the threads in the same order again."""
    mine.Shared = LikePyTorch
    asked = {"profile": "isolation", "without": ["tables", "frames"]}
    script = scripts("faulty:Shared", **asked)["isolation.every-interleaving"]
    assert "from sidetable_conformance.interleavings import replay_case" in script
    assert "'faulty:Shared'" in script


def test_a_module_is_imported_as_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its functions are called by the names that it has."""
    monkeypatch.setitem(sys.modules, "mine_views", module_of_views)
    written = scripts("mine_views")
    assert written
    assert all("import mine_views as table\n" in script for script in written.values())


def test_what_cannot_be_imported_has_no_script() -> None:
    """Nobody could run it."""
    assert scripts(partial(FAULTS["StoreUpdates"][0], OWN)) == {}


def test_what_a_call_raises_is_shown_by_the_call(mine: ModuleType) -> None:
    """The script ends with it, and says what was expected."""

    class Full(CorrectTable):
        def __init__(self) -> None:
            super().__init__(OWN)

        def store(self, *objects: object) -> None:
            raise OverflowError("full")

    mine.Full = Full
    script = judged_by_its_name("faulty:Full", CORE, "store.returns-nothing").script
    assert script.splitlines()[-3].startswith("print(table.store(")
    assert script.splitlines()[-1] == "# seen: OverflowError: full"


def test_what_does_not_come_again_has_no_script(mine: ModuleType) -> None:
    """A script would show nothing."""
    returned = iter([5])

    class FailsOnce(CorrectTable):
        def __init__(self) -> None:
            super().__init__(OWN)

        def store(self, *objects: object) -> object:
            super().store(*objects)
            return next(returned, None)

    mine.FailsOnce = FailsOnce
    result = judged_by_its_name("faulty:FailsOnce", CORE, "store.returns-nothing")
    assert (result.verdict, result.script) == (Verdict.FAIL, "")


def test_a_failure_without_a_schedule_has_no_script(mine: ModuleType) -> None:
    """There is nothing to run again."""
    mine.Right = partial(IsolatedTable, OWN)
    rule = RULES["isolation.every-interleaving"]
    failed = Result(rule.requirement, Verdict.FAIL, seen="no schedule")
    assert script_of(open_target("faulty:Right"), OWN, rule, failed) == ""


def test_after_the_end_a_log_writes_nothing_down() -> None:
    """What a check leaves behind is still used then, and is not part of the failure."""
    log = Log(open_target(partial(IsolatedTable, OWN)))
    table = log.target.new()
    table.store()
    log.stop()
    frame = table.frame()
    assert not hasattr(frame, "_entry")  # what is private is not the check's to see
    script = log.script(("import mine", "table = mine.Table()"), lambda last, _: (last,))
    assert script.splitlines()[-1] == "table.store()"


@pytest.mark.parametrize(
    "name",
    [
        *[name for name, (table, _) in FAULTS.items() if OWN in table.editions][5::9],
        *("EntryTakesTheLast", "BindingIsTheTables"),
    ],
)
def test_a_script_can_be_run(mine: ModuleType, name: str) -> None:
    """Whatever the requirement and the table, it is Python, and ends as it says or prints it."""
    table, rule = FAULTS[name]
    result = judged_by_its_name(f"faulty:{name}", table.profiles, rule.id)
    with suppress(AssertionError, *named_in(result.seen)):
        Context().run(exec, compile(result.script, name, "exec"), {})


def named_in(text: str) -> tuple[type[Exception], ...]:
    """Returns the errors that a text begins with."""
    name = text.partition(":")[0]
    error = getattr(builtins, name, None) or vars(errors).get(name)
    return (error,) if isinstance(error, type) else ()


def judged_by_its_name(path: str, profiles: str, id_: str) -> Result:
    """Returns what a run says of one requirement."""
    session = Session(path, edition=OWN, profile=profiles)
    [row] = [row for row in session.requirements if row.id == id_]
    return explained(session, session.judge_alone(row))
