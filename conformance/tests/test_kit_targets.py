"""What a target may be, and the error for one that cannot be used."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from sidetable_conformance import TargetError, run
from sidetable_conformance.driver import PYTORCH, SIDETABLE, open_target
from sidetable_conformance.tables.core import CorrectTable

pytestmark = pytest.mark.slow

Make = Callable[[], CorrectTable]


def as_pytorch(table: CorrectTable) -> SimpleNamespace:
    """Returns an object that has a table's operations by PyTorch's names."""
    return SimpleNamespace(
        register_user_object=table.register_user_object,
        register_graph_created_object=table.register_graph_created_object,
        has_user_objects=table.has_user_objects,
        store_user_object_weakrefs=table.store,
        get_external_object_by_index=table.get,
        reset_user_object_tracking=table.reset,
        index_to_bytecode_constructor=table.constructors,
        set_external_object_by_index=table.set,
    )


def as_sidetable(table: CorrectTable) -> SimpleNamespace:
    """Returns an object that has a table's operations by SideTable's names, without `set`."""
    return SimpleNamespace(**{name: getattr(table, name) for name in SIDETABLE.needed})


@pytest.fixture
def importable(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder, from which this process can import."""
    monkeypatch.syspath_prepend(str(project))
    return project


def refusal(target: object) -> str:
    """Returns the error for a target that cannot be used."""
    with pytest.raises(TargetError) as refused:
        open_target(target)
    return str(refused.value)


def test_a_module_is_one_table_that_is_reset(importable: Path) -> None:
    """A module with PyTorch's names is driven by them, and gives the same table each time."""
    target = open_target("mine_as_pytorch")
    value = {1}
    target.fresh().register_graph_created_object(value, lambda index, codegen: None)
    assert sys.modules["mine_as_pytorch"].has_user_objects()
    table = target.fresh()
    assert not table.present()
    assert target.name == "mine_as_pytorch"


def test_a_factory_is_called_for_each_fresh_table(make: Make) -> None:
    """A factory's tables are made anew, and not reset."""
    made: list[CorrectTable] = []

    def factory() -> CorrectTable:
        made.append(make())
        return made[-1]

    target = open_target(factory)
    target.fresh()
    target.fresh()
    assert len(made) == 3


def test_a_class_is_a_factory_although_it_has_the_names() -> None:
    """The names of a class are its instances'."""

    class Table(CorrectTable):
        def __init__(self) -> None:
            super().__init__("2026.11")

    target = open_target(Table)
    assert not target.fresh().present()
    assert target.name.endswith(
        ":test_a_class_is_a_factory_although_it_has_the_names.<locals>.Table"
    )


def test_a_callable_object_with_the_names_is_a_table(make: Make) -> None:
    """What can be called but is a table already is not called."""

    class CallableTable(CorrectTable):
        def __call__(self) -> None:
            raise AssertionError("called")

    assert open_target(CallableTable("2026.11")).name.startswith("an object of type ")


@pytest.mark.parametrize(
    "attribute", ["table", "Table", "Faulty", "Old"], ids=["object", "partial", "class", "old"]
)
def test_an_attribute_of_a_module_can_be_named(importable: Path, attribute: str) -> None:
    """`MODULE:ATTRIBUTE` is an object or a factory in a module."""
    assert open_target(f"mine:{attribute}").name == f"mine:{attribute}"


def test_an_attribute_may_be_dotted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands after the colon may be reached in several steps."""
    module = ModuleType("nested")
    module.inner = SimpleNamespace(table=make())  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nested", module)
    assert not open_target("nested:inner.table").fresh().present()


def test_a_factory_may_make_objects_with_pytorchs_names(make: Make) -> None:
    """Both sets of names are taken from a module, an object, and what a factory makes."""
    assert not open_target(lambda: as_pytorch(make())).fresh().present()
    assert not open_target(as_pytorch(make())).fresh().present()


def test_a_table_may_offer_its_constructors_as_a_sequence(make: Make) -> None:
    """A list of constructors is as good as a mapping from index to constructor."""

    class Table(CorrectTable):
        @property
        def constructors(self):
            return list(super().constructors.values())

    assert run(lambda: Table("2026.11")).conformant


def test_set_is_a_capability_that_a_target_may_lack(make: Make) -> None:
    """A target without `set` can be used, and is known not to have it."""
    assert open_target(make).claims.without == frozenset()
    assert open_target(as_sidetable(make())).claims.without == {"set"}
    assert open_target(as_pytorch(make())).claims.without == frozenset()


@pytest.mark.parametrize("name", SIDETABLE.needed)
def test_each_missing_name_of_sidetables_is_named(make: Make, name: str) -> None:
    """The message says which name is missing, and whose names were meant."""
    thing = as_sidetable(make())
    delattr(thing, name)
    assert refusal(thing).endswith(f"it has SideTable's names except {name}")


@pytest.mark.parametrize("name", PYTORCH.needed)
def test_each_missing_name_of_pytorchs_is_named(make: Make, name: str) -> None:
    """The same for an object that was meant to have PyTorch's."""
    thing = as_pytorch(make())
    delattr(thing, name)
    assert refusal(thing).endswith(f"it has PyTorch's names except {name}")


def test_every_missing_name_is_named(make: Make) -> None:
    """Several missing names are listed together, as one of them that cannot be called is."""
    thing = as_sidetable(make())
    del thing.get
    thing.reset = None
    assert refusal(thing).endswith("it has SideTable's names except get, reset")


def test_something_else_altogether_is_told_what_is_needed() -> None:
    """Where no name is there, both sets of names are listed."""
    text = refusal("json")
    assert "neither SideTable's names" in text
    assert all(name in text for name in (*SIDETABLE.needed, *PYTORCH.needed))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_module", "importing no_such_module raised ModuleNotFoundError"),
        ("no_such.module:x", "importing no_such.module raised ModuleNotFoundError"),
        ("mine:missing", "module mine has no attribute missing"),
        ("mine:table.missing", "module mine's table has no attribute missing"),
        ("mine:number", "it has neither"),
        ("mine:", "it is not of the form MODULE or MODULE:ATTRIBUTE"),
        (":table", "it is not of the form MODULE or MODULE:ATTRIBUTE"),
        ("", "it is not of the form MODULE or MODULE:ATTRIBUTE"),
        (".mine", "importing .mine raised TypeError"),
    ],
)
def test_what_can_not_be_found_is_said(importable: Path, target: str, reason: str) -> None:
    """The message says which step failed, and how."""
    assert refusal(target).startswith(f"target {target} cannot be used: {reason}")


@pytest.mark.parametrize("line", ["1 / 0", "raise SystemExit('no')", "import no_such_module"])
def test_a_module_that_fails_to_import_is_refused(importable: Path, line: str) -> None:
    """Whatever importing a target raises is told, and does not end the kit."""
    (importable / "broken.py").write_text(line, encoding="utf-8")
    assert "importing broken raised" in refusal("broken")


@pytest.mark.parametrize(
    "factory", [lambda: 1 / 0, lambda needed: needed, lambda: sys.exit(3)], ids=["1", "2", "3"]
)
def test_a_factory_that_fails_is_refused(factory: Callable[[], object]) -> None:
    """A factory that raises, or needs arguments, is told how it failed."""
    assert "calling it without arguments raised" in refusal(factory)


def test_constructors_that_can_not_be_read_are_refused(make: Make) -> None:
    """A container of constructors that is none is told apart from one that is missing."""
    thing = as_sidetable(make())
    thing.constructors = None
    assert "reading its constructors raised TypeError" in refusal(thing)


def test_a_property_that_fails_is_there() -> None:
    """A name that raises something else than AttributeError is not missing."""

    class Table(CorrectTable):
        @property
        def constructors(self):
            raise RuntimeError("not now")

        @property
        def get(self):
            raise RuntimeError("not now")

    text = refusal(Table("2026.11"))
    assert text.endswith("it has SideTable's names except get")


def test_a_target_in_use_is_refused_and_not_touched(importable: Path) -> None:
    """Registrations that somebody made are not reset away."""
    text = refusal("mine:in_use")
    assert "it is in use, with 1 registered already" in text
    in_use = sys.modules["mine"].in_use
    assert in_use.has_user_objects()
    assert in_use.get(0) == set()


def test_nothing_but_names_and_constructors_is_read(make: Make) -> None:
    """A target is opened without a call into it, whether it can be used or not."""
    table = make()
    calls: list[str] = []

    def record(name: str) -> Callable[..., None]:
        return lambda *arguments: calls.append(name)

    thing = SimpleNamespace(**{name: record(name) for name in SIDETABLE.needed})
    thing.constructors = table.constructors
    open_target(thing)
    table.register_graph_created_object(set(), print)
    assert re.search("in use, with 1 registered", refusal(thing))
    assert calls == []


def test_a_target_may_be_given_a_name(make: Make) -> None:
    """Reports call it by that."""
    assert open_target(make, "my table").name == "my table"
    assert open_target(make()).name.endswith("CorrectTable")
    assert open_target(lambda: CorrectTable("2026.11")).name.endswith("<lambda>")


def test_a_live_module_is_named_by_itself(importable: Path) -> None:
    """A module that is handed over is called by its own name."""
    assert open_target(importlib.import_module("mine_as_pytorch")).name == "mine_as_pytorch"
