"""Entry functions: the names of the function, the module and our own never collide."""

from __future__ import annotations

import builtins
import inspect

import pytest

from sidetable_core import SideTable
from sidetable_source import ClosureSource, GlobalSource, LocalSource

# Every name that generated code uses for itself could be one of the function's own.
OUR_NAMES = [
    "graph",
    "bind",
    "restore",
    "found",
    "reference",
    "tail",
    "frame",
    "Hold",
    "HoldReference",
    "hold_0",
    "object_0",
    "object_1",
    "not_weak_referenceable",
    "import_module",
    "load_global",
    "factory",
    "entry",
    "TypeError",
    "BaseException",
    "__class__",
    "__builtins__",
]


class Thing:
    """An object that can be weakly referenced."""


def made(text, name="like", **namespace):
    """A function made from its definition."""
    exec(text, namespace)
    return namespace[name]


@pytest.mark.parametrize("name", OUR_NAMES)
@pytest.mark.parametrize("kind", ["parameter", "global", "closure", "shadowed"])
def test_our_own_names_collide_with_nobodys(name, kind):
    """A name of the function's means the function's, whatever generated code is made of."""
    table, thing = SideTable(), Thing()
    if kind == "parameter":
        like = made(f"def like({name}): pass")
        table.register_user_object(thing, LocalSource(name))
        arguments = [thing]
    elif kind == "global":
        like = made("def like(): pass", **{name: thing})
        table.register_user_object(thing, GlobalSource(name))
        arguments = []
    elif kind == "closure":
        like = made(f"def outer({name}):\n def like(): return {name}\n return like", "outer")(thing)
        table.register_user_object(thing, ClosureSource(name))
        arguments = []
    else:
        like = made(f"def like({name}): pass", **{name: thing})
        table.register_user_object(thing, GlobalSource(name))
        arguments = [Thing()]
    table.register_user_object(5, GlobalSource("five"), hold="frame")
    like.__globals__["five"] = 5
    entry = table.entry(lambda *args: (table.get(0), table.get(1)), like=like)
    assert entry(*arguments) == (thing, 5)


@pytest.mark.parametrize("name", OUR_NAMES)
def test_module_can_call_its_globals_anything(name):
    """A global of the module does not change what generated code means by a name."""
    like = made("def like(x): pass", **{name: None})
    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("x"))
    entry = table.entry(lambda x: table.get(0), like=like)
    assert entry(thing) is thing
    with pytest.raises(builtins.TypeError):
        entry(5)


@pytest.mark.parametrize("name", [*OUR_NAMES, "like", "lambda", "<lambda>", "", "a b", "é", "ﬁ"])
def test_function_can_be_called_anything(name):
    """The entry function has the function's name, also where no definition could have it."""
    like = made("def like(x): pass")
    like.__name__ = name
    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("x"))
    entry = table.entry(lambda x: table.get(0), like=like)
    assert entry.__name__ == name
    assert entry(thing) is thing


def test_global_of_the_functions_own_name():
    """The function itself is a global like any other."""
    like = made("def like(): pass")
    like.cache = Thing()
    table = SideTable()
    table.register_user_object(like.cache, GlobalSource("like").attr("cache"))
    entry = table.entry(lambda: table.get(0), like=like)
    assert entry() is like.cache


def test_function_called_debug():
    """No definition can have the name `__debug__`, and a function can."""
    like = made("def like(x): return x")
    like.__name__ = "__debug__"
    entry = SideTable().entry(lambda x: x, like=like)
    assert entry.__name__ == "__debug__"
    assert entry(5) == 5


@pytest.mark.parametrize("qualname", ["a\0b", "a\nb", "a>b", "\ud800", "x" * 5000, ""])
def test_function_with_a_hostile_qualified_name(qualname):
    """What is only shown is never in the way."""
    like = made("def like(x): return x")
    like.__qualname__ = qualname
    entry = SideTable().entry(lambda x: x, like=like)
    assert entry(5) == 5
    assert entry.__qualname__ == qualname
    assert "def like(x)" in inspect.getsource(entry)
    assert entry.__code__.co_filename.isprintable()


def test_closure_is_the_very_cells():
    """The entry function closes over the function's own cells, and reads them live."""
    variable, other = Thing(), Thing()

    def like():
        return variable, other

    table = SideTable()
    table.register_user_object(variable, ClosureSource("variable"))
    entry = table.entry(lambda: table.get(0), like=like)
    assert like.__closure__[1] in entry.__closure__
    assert entry() is variable
    variable = Thing()
    assert entry() is variable


def test_closure_over_the_class():
    """The cell that `super()` uses is one like any other."""

    class Model:
        def method(self):
            return __class__

    table = SideTable()
    table.register_user_object(Model, ClosureSource("__class__"))
    assert table.entry(lambda self: table.get(0), like=Model.method)(None) is Model


def test_empty_cell_is_the_functions_own_error():
    """A closure variable that is not set yet is a NameError, as in the function."""

    def like():
        return variable

    table = SideTable()
    table.register_user_object(Thing(), ClosureSource("variable"))
    entry = table.entry(lambda: table.get(0), like=like)
    with pytest.raises(NameError, match="variable"):
        entry()
    variable = Thing()
    assert entry() is variable


def test_globals_are_read_live():
    """A global is what it is when the code runs."""
    like = made("def like(): pass")
    table = SideTable()
    table.register_user_object(Thing(), GlobalSource("thing"))
    entry = table.entry(lambda: table.get(0), like=like)
    with pytest.raises(NameError, match="thing"):
        entry()
    for _ in range(2):
        like.__globals__["thing"] = Thing()
        assert entry() is like.__globals__["thing"]


def test_builtins_are_globals():
    """A global source finds builtins, shadowed by a parameter or not."""
    table = SideTable()
    table.register_user_object(len, GlobalSource("len"))
    table.register_user_object(print, GlobalSource("print"))
    like = made("def like(len): pass")
    entry = table.entry(lambda x: (table.get(0), table.get(1)), like=like)
    assert entry(5) == (len, print)


def test_shadowed_global_that_is_not_defined_is_a_name_error():
    """A global behind a parameter fails as it would without the parameter."""
    like = made("def like(thing): pass")
    table = SideTable()
    table.register_user_object(Thing(), GlobalSource("thing"))
    entry = table.entry(print, like=like)
    with pytest.raises(NameError, match="'thing' is not defined") as caught:
        entry(1)
    assert caught.value.name == "thing"
    like.__globals__["thing"] = thing = Thing()
    assert table.entry(lambda x: table.get(0), like=like)(1) is thing


def test_shadowed_global_in_a_function_with_builtins_of_its_own():
    """The function's own builtins count, not those of the module that made the table."""
    thing = Thing()
    like = made("def like(special): pass", __builtins__={"special": thing})
    table = SideTable()
    table.register_user_object(thing, GlobalSource("special"))
    assert table.entry(lambda x: table.get(0), like=like)(1) is thing


def test_global_that_a_closure_variable_hides():
    """A global behind a closure variable is the global."""
    outer = made("def outer(thing):\n def like(): return thing\n return like", "outer")
    outer.__globals__["thing"] = thing = Thing()
    table = SideTable()
    table.register_user_object(thing, GlobalSource("thing"))
    table.register_user_object(thing, ClosureSource("thing"))
    other = Thing()
    entry = table.entry(lambda: (table.get(0), table.get(1)), like=outer(other))
    assert entry() == (thing, other)
