"""Entry functions: what they take over from the function that they stand for."""

from __future__ import annotations

import builtins
import functools
import gc
import inspect
import re
import types
import weakref
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sidetable_core import SideTable
from sidetable_source import ClosureSource, CodegenError, GlobalSource, LocalSource

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
NAMES = st.sampled_from([*OUR_NAMES, *(f"{name}_" for name in OUR_NAMES), "self", "x", "é"])


class Thing:
    """An object that can be weakly referenced."""


def made(text, name="like", **namespace):
    """A function made from its definition."""
    exec(text, namespace)
    return namespace[name]


@st.composite
def signatures(draw):
    """The text of a parameter list, of any shape."""
    names = draw(st.lists(NAMES, unique=True, max_size=7))
    cut = sorted(draw(st.lists(st.integers(0, len(names)), min_size=2, max_size=2)))
    groups = names[: cut[0]], names[cut[0] : cut[1]], names[cut[1] :]
    n_defaults = draw(st.integers(0, cut[1]))
    parts = []
    for position, name in enumerate([*groups[0], *groups[1]]):
        parts.append(f"{name}={position}" if position >= cut[1] - n_defaults else name)
        if position == cut[0] - 1:
            parts.append("/")
    kinds = draw(st.sampled_from(["", "*args", "*"]))
    if groups[2] and not kinds:
        kinds = "*"
    if kinds == "*" and not groups[2]:
        kinds = ""
    if kinds:
        parts.append(kinds)
    parts += [f"{name}=None" if draw(st.booleans()) else name for name in groups[2]]
    if draw(st.booleans()):
        parts.append("**kwargs")
    return ", ".join(parts)


def outcome(function, args, kwargs):
    """What calling returns, or the text of the TypeError that it raises."""
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        return str(error)


@given(
    signatures(),
    st.lists(st.integers(), max_size=8),
    st.dictionaries(st.one_of(NAMES, st.just("other")), st.integers(), max_size=4),
)
@example("x, /, **kwargs", [1], {"x": 2})
@example("*args", [], {})
@example("graph, bind, restore=1, *, found, tail=2", [1, 2], {"found": 3})
def test_calls_like_the_function(parameters, args, kwargs):
    """An entry function takes what the function takes, and passes on what it would get."""
    like = made(f"def like({parameters}): return locals()")
    table, things = SideTable(), [Thing(), 5]
    table.register_user_object(things[0], GlobalSource("first"))
    table.register_user_object(things[1], GlobalSource("second"), hold="frame")
    like.__globals__.update(first=things[0], second=things[1])
    found = []

    def graph(*args, **kwargs):
        found.append((table.get(0), table.get(1)))
        return like(*args, **kwargs)

    entry = table.entry(graph, like=like)
    expected = outcome(like, args, kwargs)
    assert outcome(entry, args, kwargs) == expected
    assert found == ([] if isinstance(expected, str) else [tuple(things)])
    assert inspect.signature(entry) == inspect.signature(like)


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


def test_takes_over_what_people_see():
    """Name, docstring, module, annotations and defaults are the function's."""

    def like(x: int, *, y: str = "y") -> list[int]:
        """What it does."""

    entry = SideTable("t").entry(lambda x, *, y: (x, y), like=like)
    assert entry.__name__ == "like"
    assert entry.__qualname__ == like.__qualname__
    assert entry.__code__.co_qualname == like.__code__.co_qualname
    assert entry.__doc__ == "What it does."
    assert entry.__module__ == like.__module__ == __name__
    assert entry.__annotations__ == like.__annotations__
    assert inspect.signature(entry) == inspect.signature(like)
    assert inspect.isfunction(entry)
    assert entry.__globals__ is like.__globals__
    assert entry(1) == (1, "y")


def test_takes_over_type_parameters():
    """On Pythons that have them, type parameters are the function's."""
    if "__type_params__" not in functools.WRAPPER_ASSIGNMENTS:
        assert not hasattr(made, "__type_params__")
        return
    like = made("def like[T](x: T) -> T: return x")
    entry = SideTable().entry(lambda x: x, like=like)
    assert entry.__type_params__ == like.__type_params__


def test_defaults_are_the_very_objects():
    """A default that is no constant is the function's own object."""
    default, keyword_default = Thing(), Thing()

    def like(x=default, *, y=keyword_default): ...

    entry = SideTable().entry(lambda x, *, y: (x, y), like=like)
    assert entry() == (default, keyword_default)


@pytest.mark.parametrize(
    "default", [float("nan"), -0.0, -1, float("-inf"), "\ud800\n", True, None, 10**30, -(10**30)]
)
def test_defaults_of_every_kind(default):
    """How a default is written does not change what it is."""

    def like(x=default, *, y=default): ...

    entry = SideTable().entry(lambda x, *, y: (x, y), like=like)
    assert [value is default for value in entry()] == [True, True]
    assert inspect.getsource(entry).startswith("def like(x=")


def test_function_with_more_defaults_than_parameters():
    """Python calls such a function, so an entry function stands for it too."""

    def like(x): ...

    like.__defaults__ = (1, 2)
    entry = SideTable().entry(lambda x: x, like=like)
    assert entry() == 2
    assert entry(5) == 5


def test_missing_argument_is_the_functions_own_error():
    """Calling wrongly fails as calling the function does, before anything is fetched."""

    def like(x, /, y, *, z): ...

    entry = SideTable().entry(print, like=like)
    with pytest.raises(TypeError, match=re.escape(f"{like.__qualname__}() missing")):
        entry()


def test_lambda():
    """A lambda has a signature like any function."""
    entry = SideTable().entry(lambda *args, **kwargs: (args, kwargs), like=lambda x, *y, z=3: None)
    assert entry(1, 2) == ((1, 2), {"z": 3})
    assert entry.__name__ == "<lambda>"


def test_method():
    """A method's entry function binds like the method."""

    class Model:
        def forward(self, x):
            """What it does."""

    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("self").attr("thing"))
    Model.forward = table.entry(lambda self, x: (self, x, table.get(0)), like=Model.forward)
    model = Model()
    model.thing = thing
    assert model.forward(5) == (model, 5, thing)
    assert Model.forward.__qualname__.endswith("Model.forward")


def test_method_with_private_parameters():
    """A parameter whose name the class mangles keeps its mangled name."""

    class Model:
        def forward(self, __x): ...  # noqa: PYI063  # a private name, not the old way to say more

    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("_Model__x"))
    entry = table.entry(lambda self, x: table.get(0), like=Model.forward)
    assert entry(None, thing) is thing
    assert entry(None, _Model__x=thing) is thing


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


def test_entry_does_not_keep_the_function_alive():
    """What stands for a function does not need it."""
    like = made("def like(x=1): pass")
    del like.__globals__["like"]
    alive = weakref.ref(like)
    entry = SideTable().entry(lambda x: x, like=like)
    del like
    gc.collect()
    assert alive() is None
    assert entry() == 1


class Callable:
    """Is called like a function, and is none."""

    def __call__(self):
        """What it does."""

    @staticmethod
    def static():
        """What it does."""

    def method(self):
        """What it does."""


def generator():
    """Yields."""
    yield


async def async_generator():
    """Yields."""
    yield


REFUSED = [
    None,
    len,
    Callable,
    Callable(),
    Callable().method,
    Callable.__dict__["static"],
    partial(made),
    functools.lru_cache(made),
    "like",
    generator,
    async_generator,
    types.coroutine(generator),
]


@pytest.mark.parametrize("like", REFUSED)
def test_what_is_no_plain_function_is_refused(like):
    """The error says what is refused and what to pass instead."""
    with pytest.raises(CodegenError) as caught:
        SideTable().entry(print, like=like)
    assert "function" in str(caught.value)


@pytest.mark.parametrize("like", [generator, async_generator])
def test_generator_functions_are_refused_for_what_they_are(like):
    """A frame would stay open across a yield."""
    with pytest.raises(CodegenError, match="generator"):
        SideTable().entry(print, like=like)


def test_source_of_what_the_function_does_not_have_is_refused():
    """A parameter or closure variable that is not there is an error when the entry is made."""

    def like(x): ...

    for source in (LocalSource("y"), ClosureSource("x"), ClosureSource("y")):
        table = SideTable()
        table.register_user_object(Thing(), source)
        with pytest.raises(CodegenError, match=source.name) as caught:
            table.entry(print, like=like)
        assert "index 0" in str(caught.value) or "index 0" in caught.value.__notes__[0]


def test_function_attributes_do_not_lie():
    """The signature is that of the code, whatever attributes say."""

    @functools.wraps(made)
    def like(*args): ...

    like.__signature__ = inspect.signature(len)
    entry = SideTable().entry(lambda *args: args, like=like)
    assert entry(1, 2) == (1, 2)
    assert list(inspect.signature(entry).parameters) == ["args"]


def test_entry_of_an_entry():
    """An entry function is a function like any other, also as what another one stands for."""
    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("x"))

    def like(x, *rest, key=None): ...

    inner = table.entry(lambda x, *rest, key: (table.get(0), rest, key), like=like)
    outer = table.entry(inner, like=inner)
    assert outer(thing, 1, key=2) == (thing, (1,), 2)
    assert inspect.signature(outer) == inspect.signature(like)
