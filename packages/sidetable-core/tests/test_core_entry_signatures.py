"""Entry functions: what they take over from the function that they stand for."""

from __future__ import annotations

import functools
import gc
import inspect
import re
import sys
import weakref

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sidetable_core import SideTable
from sidetable_source import GlobalSource, LocalSource

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


@pytest.mark.parametrize(
    ("default", "text"), [(sys.maxsize, str(sys.maxsize)), (sys.maxsize + 1, "...")]
)
def test_a_default_is_written_out_up_to_the_largest_index(default, text):
    """A longer number tells a reader nothing, and could be as long as memory."""

    def like(x=default): ...

    entry = SideTable().entry(lambda x: x, like=like)
    assert inspect.getsource(entry).startswith(f"def like(x={text}):")


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
