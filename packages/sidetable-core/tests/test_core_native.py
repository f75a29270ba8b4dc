"""Which implementation of the hot functions runs, and that it looks the same from outside."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
import subprocess
import sys
import textwrap

import pytest

import sidetable_core
from sidetable_core import Frame, SideTable
from sidetable_core._native import VERSION

EXPECTED = os.environ.get("SIDETABLE_EXPECTED", "python")


def run(program, *arguments, **variables):
    """What a program prints, run by a Python of its own with these environment variables."""
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout


IMPLEMENTATION = "import sidetable_core; print(sidetable_core.implementation)"

# In place of the distribution stands a module with nothing but a version.
OTHER = """
    import sys, types
    sys.modules["sidetable_native"] = types.SimpleNamespace(__version__="0.0")
    import sidetable_core
    print(sidetable_core.implementation)
"""
BROKEN = """
    import importlib.abc, sys
    class Broken(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path, target=None):
            if name == "sidetable_native":
                raise ImportError("wrong ELF class")
    sys.meta_path.insert(0, Broken())
    import sidetable_core
    print(sidetable_core.implementation)
"""


def test_the_expected_implementation_runs():
    """No run is pure by accident: what was set up for native functions has them."""
    assert sidetable_core.implementation == EXPECTED


SEAM = """
    import sys
    asked = []
    class Native:
        __version__ = sys.argv[1]
        __spec__ = None
        def __getattr__(self, name):
            asked.append(name)
            return lambda function, *parts: lambda *args, **kwargs: function(*args, **kwargs)
    sys.modules["sidetable_native"] = Native()
    from sidetable_core import LocalSource, SideTable
    table = SideTable()
    table.register_user_object(table, LocalSource("table"))
    entry = table.entry(lambda table: table.get(0), like=lambda table: None)
    assert entry(table) is table
    print(*sorted(set(asked)))
"""


def test_functions_that_may_be_native():
    """Whatever is installed in the version of core is asked for these."""
    asked = run(SEAM, sidetable_core.__version__, SIDETABLE_PURE="")
    kinds = "bind delete enter frame leave lookup register restore store"
    assert asked.split() == [f"make_{kind}" for kind in kinds.split()]


def test_version_is_the_distribution_s():
    """A release sets both."""
    assert sidetable_core.__version__ == VERSION


def test_pure_turns_it_off():
    """An environment variable chooses the functions in Python."""
    assert run(IMPLEMENTATION, SIDETABLE_PURE="1") == "python\n"


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (OTHER, "is version 0.0, and sidetable-core is"),
        (BROKEN, "cannot be imported: wrong ELF class"),
    ],
    ids=["another version", "broken"],
)
def test_what_cannot_be_used_is_said(program, why):
    """The functions in Python run, and a warning says why."""
    program = f"""
    import warnings
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        {textwrap.indent(textwrap.dedent(program), "        ").strip()}
    print(*(warning.message for warning in caught))
    """
    kind, warning = run(program, SIDETABLE_PURE="").splitlines()
    assert kind == "python"
    assert why in warning


FUNCTIONS = {
    "get": SideTable().get,
    "store": SideTable().store,
    "register_user_object": SideTable.register_user_object,
    "frame": SideTable.frame,
    "__enter__": Frame.__enter__,
    "__exit__": Frame.__exit__,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_looks_like_a_function(name):
    """Name, place, docs, signature, annotations and source are those of the Python function."""
    function = FUNCTIONS[name]
    assert function.__name__ == name
    assert function.__qualname__.endswith(f".{name}")
    assert function.__module__.startswith("sidetable_core")
    assert function.__doc__
    assert inspect.isroutine(function)
    assert inspect.signature(function).return_annotation != inspect.Signature.empty
    assert f"def {name}(" in inspect.getsource(function)
    assert f".{name} at 0x" in repr(function)
    assert function.__annotations__


def test_it_is_copied_as_itself():
    """As any function is; it is not pickled, because a table's function has no place of its own."""
    get = SideTable().get
    assert copy.copy(get) is get
    assert copy.deepcopy(get) is get
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(get)


def test_it_is_bound_by_a_class():
    """In a class it is a method, as a Python function would be."""
    table = SideTable()

    class Graph:
        get = table.get

        def __index__(self):
            return 0

    graph = Graph()
    table.store(graph)
    assert graph.get() is graph
    assert Graph.get(graph) is graph
    assert Graph.get is table.get


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda table: table.get(), "missing 1 required positional argument"),
        (lambda table: table.get(0, 1), "takes 1 positional argument"),
        (lambda table: table.get(number=0), "unexpected keyword argument"),
        (lambda table: table.store(key=0), "unexpected keyword argument"),
        (lambda table: table.register_user_object(table), "missing 1 required positional"),
        (lambda table: SideTable.frame(), "self"),
        (lambda table: table.frame().__exit__(), "missing 3 required positional arguments"),
    ],
)
def test_wrong_arguments_are_said_as_python_says_them(call, message):
    """The errors are those of the Python functions."""
    with pytest.raises(TypeError, match=message):
        call(SideTable())


def test_arguments_by_keyword():
    """Every parameter has its name."""
    table = SideTable()
    table.store(table)
    assert table.get(index=0) is table
    source = sidetable_core.LocalSource("x")
    assert table.register_user_object(value=table, source=source, hold="weak") == 0
    table.frame().__enter__().__exit__(kind=None, error=None, traceback=None)
