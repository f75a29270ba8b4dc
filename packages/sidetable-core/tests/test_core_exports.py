"""What the package exports, how it is seen, what importing it costs, and `python -O`."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import textwrap
from importlib.metadata import version
from pathlib import Path

import pytest

import sidetable_core
import sidetable_source
from sidetable_core import HANDLE, AstCodegen, Frame, Scope, SideTable, Snapshot
from sidetable_source import LocalSource

SOURCES = sorted(Path(sidetable_core.__file__).parent.rglob("*.py"))


class Thing:
    """An object that can be weakly referenced."""


def python(program, *options):
    """What a program prints, run by a Python of its own."""
    command = [sys.executable, *options, "-W", "error", "-c", textwrap.dedent(program)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_exports_are_there():
    """Every name in `__all__` exists, each once."""
    names = sidetable_core.__all__
    assert len(names) == len(set(names))
    assert all(hasattr(sidetable_core, name) for name in names)


def test_nothing_public_is_left_out():
    """Every public name that is no module is in `__all__`, but for PyTorch's six functions."""
    public = {
        name
        for name, value in vars(sidetable_core).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    six = {
        "get_external_object_by_index",
        "has_user_objects",
        "register_graph_created_object",
        "register_user_object",
        "reset_user_object_tracking",
        "store_user_object_weakrefs",
    }
    assert public - six | {"dynamo"} == set(sidetable_core.__all__)
    assert six < public


def test_one_import_is_enough():
    """All that `sidetable_source` exports can be imported from here, and is the same."""
    for name in sidetable_source.__all__:
        assert getattr(sidetable_core, name) is getattr(sidetable_source, name)
        assert name in sidetable_core.__all__


@pytest.mark.parametrize("cls", [AstCodegen, Frame, Scope, SideTable, Snapshot, type(HANDLE)])
def test_classes_show_their_public_place(cls):
    """Nobody sees a private path, and every class says what it is."""
    assert cls.__module__ == "sidetable_core"
    assert cls.__doc__
    assert getattr(cls, "__final__", False)


def test_functions_of_a_table_show_their_public_place():
    """A table's functions have names of their own, and a docstring."""
    table = SideTable()
    for name in ("get", "store"):
        function = getattr(table, name)
        assert function.__name__ == name
        assert function.__module__ == "sidetable_core"
        assert function.__qualname__ == f"SideTable.{name}"
        assert function.__doc__


def test_wrong_call_is_told_in_public_words():
    """The error of a call without its argument does not show how the function was made."""
    with pytest.raises(TypeError) as caught:
        SideTable().get()
    assert "<locals>" not in str(caught.value)


def test_public_methods_have_docstrings():
    """Everything that people call says what it does."""
    for name, value in vars(SideTable).items():
        if callable(value) and not name.startswith("_"):
            assert value.__doc__, name


def test_version_is_the_distributions():
    """The version is one."""
    assert sidetable_core.__version__ == version("sidetable-core")


def test_types_are_shipped():
    """Type checkers may read the package."""
    assert (Path(sidetable_core.__file__).parent / "py.typed").exists()


def test_tables_take_no_new_attributes():
    """A misspelled attribute is an error."""
    with pytest.raises(AttributeError):
        SideTable().stroe = None


def test_import_costs_little():
    """Importing the package imports nothing heavy, and nothing of a framework."""
    imported = python("""
        import sys
        before = set(sys.modules)
        import sidetable_core
        print(*set(sys.modules) - before)
    """).split()
    assert "sidetable_core" in imported
    roots = {name.partition(".")[0] for name in imported}
    heavy = {"torch", "numpy", "asyncio", "typing_extensions", "pytest", "unittest", "logging"}
    heavy |= {"concurrent", "subprocess", "multiprocessing", "decimal", "json", "email", "socket"}
    assert not heavy & roots
    ours = {"sidetable_core", "sidetable_native", "sidetable_source"}
    foreign = roots - set(sys.stdlib_module_names) - ours
    assert not foreign


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_imports_stand_at_the_top(path):
    """No function imports anything, so importing never waits for the first call."""
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                assert not isinstance(node, ast.Import | ast.ImportFrom)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_rule_hangs_on_assert_statements(path):
    """Errors are raised, so that they are the same under `python -O`."""
    assert not [node for node in ast.walk(ast.parse(path.read_text())) if type(node) is ast.Assert]


ERRORS = """
    import gc
    from sidetable_core import SideTable
    from sidetable_source import LocalSource

    class Thing: ...

    def generator():
        yield

    thing, source = Thing(), LocalSource("x")
    table, stored = SideTable("t"), SideTable("t")
    table.register_user_object(thing, source)
    stored.store(thing, Thing())
    gc.collect()
    frame = table.frame(thing)
    attempts = [
        lambda: SideTable().get(0),
        lambda: table.get(1),
        lambda: table.get(-1),
        lambda: stored.get(1),
        lambda: stored.get(2),
        lambda: stored.get("0"),
        lambda: stored.store(5),
        lambda: stored.set(5, thing),
        lambda: stored.set(0, 5),
        lambda: table.register_user_object(5, source),
        lambda: table.register_graph_created_object(5, print),
        lambda: table.register_graph_created_object(thing, 5),
        lambda: table.register_user_object(thing, 5),
        lambda: table.register_user_object(thing, source, hold=5),
        lambda: table.entry(print, like=generator),
        lambda: table.entry(print, like=lambda: None),
        lambda: table.entry(print, like=lambda x: None)(5),
        lambda: frame.__exit__(None, None, None),
        lambda: SideTable(5),
        lambda: SideTable(edition=5),
    ]
    for attempt in attempts:
        try:
            attempt()
        except Exception as error:
            print(type(error).__mro__, error, error.__cause__)
        else:
            print("no error")
"""


def test_errors_are_the_same_with_asserts_off():
    """Every error is the same under `python -O` and `python -OO`."""
    usual = python(ERRORS)
    assert "no error" not in usual
    assert len(usual.splitlines()) == 20
    assert python(ERRORS, "-O") == usual
    assert python(ERRORS, "-OO") == usual


def test_everything_goes_at_exit_without_a_word():
    """A process that ends with tables, frames and bindings alive says nothing."""
    program = """
        from contextvars import copy_context
        from sidetable_core import SideTable
        from sidetable_source import LocalSource

        class Thing: ...

        def like(x): ...

        thing, tables = Thing(), [SideTable() for _ in range(5)]
        for table in tables:
            table.register_user_object(thing, LocalSource("x"))
            table.register_graph_created_object(thing, lambda index, codegen: table)
            thing.table = table
            table.frame(thing).__enter__()
            table.set(0, thing)
        entry = SideTable().entry(print, like=like)
        frame = tables[0].frame(thing).__enter__()
        kept = copy_context()
        dropped = SideTable()
        dropped.store(thing)
        del dropped
    """
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(program)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    assert finished.stdout == finished.stderr == ""


def test_one_source_serves_many_tables():
    """Sources are values, and belong to no table."""
    source, thing = LocalSource("x"), Thing()
    for table in (SideTable(), SideTable()):
        table.register_user_object(thing, source)
        assert table.constructors[0].source is source
