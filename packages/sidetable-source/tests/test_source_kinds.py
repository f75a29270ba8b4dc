"""Each kind of source: the name that people read, the code that it writes, its fields."""

from __future__ import annotations

import math
import os.path
import sys
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest

from sidetable_source import (
    AttrSource,
    CallSource,
    ClosureSource,
    Codegen,
    ConstantSource,
    GetItemSource,
    GlobalSource,
    ImportSource,
    InvalidSourceError,
    LocalSource,
    Source,
)


class Recorder(Codegen):
    """Keeps the verbs that were called."""

    def __init__(self):
        self.verbs = []

    def load_local(self, name):
        self.verbs.append(("load_local", name))

    def load_closure(self, name):
        self.verbs.append(("load_closure", name))

    def load_global(self, name):
        self.verbs.append(("load_global", name))

    def load_const(self, value):
        self.verbs.append(("load_const", value))

    def load_import(self, module):
        self.verbs.append(("load_import", module))

    def get_attr(self, member):
        self.verbs.append(("get_attr", member))

    def get_item(self):
        self.verbs.append(("get_item",))

    def call(self, n_args, keywords=()):
        self.verbs.append(("call", n_args, keywords))


def written(source):
    """The verbs that a source calls."""
    codegen = Recorder()
    codegen(source)
    return codegen.verbs


CHAIN = LocalSource("self").attr("pool").item("main").attr("connection")

ONE_OF_EACH = [
    LocalSource("x"),
    ClosureSource("x"),
    GlobalSource("x"),
    ConstantSource((1, "a", frozenset({2.5}))),
    ImportSource("os.path"),
    AttrSource(LocalSource("x"), "y"),
    GetItemSource(LocalSource("x"), GlobalSource("y")),
    CallSource(LocalSource("f"), (1, LocalSource("x")), (("key", None),)),
]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (LocalSource("x"), "x"),
        (ClosureSource("lock"), "lock"),
        (GlobalSource("registry"), "registry"),
        (ImportSource("os.path"), 'import_module("os.path")'),
        (CHAIN, 'self.pool["main"].connection'),
        (LocalSource("a").item(LocalSource("i")).item(-1), "a[i][-1]"),
        (LocalSource("a").item((1, "b")), 'a[(1, "b")]'),
        (LocalSource("f").call(), "f()"),
        (
            LocalSource("f").call(1, LocalSource("x"), k=2, m=CHAIN).call(),
            'f(1, x, k=2, m=self.pool["main"].connection)()',
        ),
        (ConstantSource(1).attr("real"), "(1).real"),
        (ConstantSource(-1).item(0), "(-1)[0]"),
        (ConstantSource(1.5).attr("real"), "(1.5).real"),
        (ConstantSource(1j).attr("real"), "complex(0.0, 1.0).real"),
        (ConstantSource(...).call(), "(...)()"),
        (ConstantSource("a").attr("upper").call(), '"a".upper()'),
        (ConstantSource(True).attr("real"), "True.real"),
        (ConstantSource(math.inf).attr("real"), 'float("inf").real'),
    ],
)
def test_name(source, name):
    """A name is the expression that a person would write."""
    assert source.name == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (-12, "-12"),
        (-0.0, "-0.0"),
        (math.nan, 'float("nan")'),
        (-math.inf, 'float("-inf")'),
        (complex(-0.0, math.nan), 'complex(-0.0, float("nan"))'),
        ("it's", '"it\'s"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("both ' and \"", '"both \' and \\""'),
        ("back\\slash\\'", '"back\\\\slash\\\\\'"'),
        ("line\nend\x1b\ud800é", '"line\\nend\\x1b\\ud800é"'),
        (b"\x00\"'\\", 'b"\\x00\\"\'\\\\"'),
        (b"back\\slash\\'", 'b"back\\\\slash\\\\\'"'),
        (..., "..."),
        ((), "()"),
        ((1,), "(1,)"),
        ((1, (2, "a")), '(1, (2, "a"))'),
        (frozenset(), "frozenset()"),
        (frozenset({"b", "a", 1}), 'frozenset({"a", "b", 1})'),
    ],
)
def test_text_of_constants(value, text):
    """Strings are in double quotes, sets in an order of their own, and all is one line."""
    assert ConstantSource(value).name == text


@pytest.mark.parametrize(
    ("source", "verbs"),
    [
        (LocalSource("x"), [("load_local", "x")]),
        (ClosureSource("x"), [("load_closure", "x")]),
        (GlobalSource("x"), [("load_global", "x")]),
        (ConstantSource(("x", 1)), [("load_const", ("x", 1))]),
        (ImportSource("os.path"), [("load_import", "os.path")]),
        (AttrSource(LocalSource("x"), "y"), [("load_local", "x"), ("get_attr", "y")]),
        (
            GetItemSource(LocalSource("x"), GlobalSource("y")),
            [("load_local", "x"), ("load_global", "y"), ("get_item",)],
        ),
        (
            GetItemSource(LocalSource("x"), None),
            [("load_local", "x"), ("load_const", None), ("get_item",)],
        ),
        (
            LocalSource("f").call(1, LocalSource("x"), b=2, a=LocalSource("y")),
            [
                ("load_local", "f"),
                ("load_const", 1),
                ("load_local", "x"),
                ("load_const", 2),
                ("load_local", "y"),
                ("call", 2, ("b", "a")),
            ],
        ),
        (CallSource(LocalSource("f")), [("load_local", "f"), ("call", 0, ())]),
    ],
)
def test_verbs(source, verbs):
    """A source writes its operands in the order of evaluation, then itself."""
    assert written(source) == verbs


def test_codegen_is_asked_for_every_source():
    """Sources inside a source are given to the codegen, which may write them its own way."""
    seen = []

    class Watching(Recorder):
        def __call__(self, source):
            seen.append(source)
            super().__call__(source)

    base, key, arg = LocalSource("x"), GlobalSource("k"), ClosureSource("a")
    attribute = base.attr("y")
    item = attribute.item(key)
    call = item.call(arg, 1, k=arg)
    Watching()(call)
    in_order = [call, item, attribute, base, key, arg, arg]
    assert [id(each) for each in seen] == [id(each) for each in in_order]


def test_steps_make_the_kinds():
    """The short way makes the very same values as the constructors."""
    base = LocalSource("x")
    assert base.attr("y") == AttrSource(base, "y")
    assert base.item(0) == GetItemSource(base, 0)
    assert base.call(1, k=2) == CallSource(base, (1,), (("k", 2),))


def test_call_takes_any_keyword():
    """A keyword of the name of a parameter is a keyword of the call."""
    assert LocalSource("f").call(self=1, args=2).name == "f(self=1, args=2)"


def test_order_of_keywords_counts():
    """Keywords in another order are evaluated in another order, so it is another source."""
    function = LocalSource("f")
    assert function.call(a=1, b=2) != function.call(b=2, a=1)


@pytest.mark.parametrize("source", ONE_OF_EACH)
def test_fields_match_by_position(source):
    """A pattern finds the fields in the order of the constructor, under their names."""
    fields = [getattr(source, name) for name in source.__match_args__]
    assert type(source)(*fields) == source
    assert type(source)(**dict(zip(source.__match_args__, fields, strict=True))) == source


def test_patterns():
    """Sources can be taken apart by match."""
    match CHAIN:
        case AttrSource(GetItemSource(AttrSource(LocalSource(root), _), key), member):
            assert (root, key, member) == ("self", "main", "connection")
        case _:
            pytest.fail("the pattern does not match")


@pytest.mark.parametrize("source", ONE_OF_EACH)
def test_frozen(source):
    """A field can be neither set nor deleted, and no other attribute added."""
    name = source.__match_args__[0]
    before = repr(source)
    with pytest.raises(AttributeError, match=name):
        setattr(source, name, "other")
    with pytest.raises(AttributeError, match=name):
        delattr(source, name)
    with pytest.raises(AttributeError, match="extra"):
        source.extra = 1
    assert repr(source) == before


@pytest.mark.parametrize("source", ONE_OF_EACH)
def test_kinds_are_final(source):
    """What a kind means cannot be changed by a child of it."""
    with pytest.raises(TypeError, match="is final"):
        type("Child", (type(source),), {})


def test_parts():
    """The parts are the sources and constants next to a source; names are none."""
    base, key = LocalSource("x"), LocalSource("k")
    assert base.parts == ClosureSource("x").parts == ImportSource("os").parts == ()
    assert ConstantSource((1, 2)).parts == ((1, 2),)
    assert base.attr("y").parts == (base,)
    assert base.item(key).parts == (base, key)
    assert base.call(1, key, k=2).parts == (base, 1, key, 2)


def test_replace():
    """A copy with one field replaced is checked like any source."""
    assert replace(CHAIN, member="cursor") == CHAIN.base.attr("cursor")
    with pytest.raises(InvalidSourceError):
        replace(CHAIN, member="not a name")
    with pytest.raises(TypeError):
        replace(CHAIN, other=1)


def test_shorthands():
    """`source[key]` and `source(...)` are short for `item` and `call`."""
    assert CHAIN["main"] == CHAIN.item("main")
    assert CHAIN(1, CHAIN, k=2) == CHAIN.call(1, CHAIN, k=2)


def test_source_is_no_container():
    """A source with items is not taken for a sequence, which would never end."""
    with pytest.raises(TypeError, match="not iterable"):
        iter(CHAIN)
    with pytest.raises(TypeError, match="not a container"):
        "main" in CHAIN  # noqa: B015  # the test for containment is what is tested
    assert CHAIN


def test_name_runs():
    """A name, evaluated with `import_module` in scope, fetches the object."""
    connection = object()
    scope = {
        "self": SimpleNamespace(pool={"main": SimpleNamespace(connection=connection)}),
        "import_module": import_module,
    }
    assert eval(CHAIN.name, scope) is connection
    assert eval(ImportSource("os.path").attr("join").name, scope) is os.path.join


def test_abstract():
    """Source itself cannot be made."""
    with pytest.raises(TypeError, match="abstract"):
        Source()


def test_making_runs_and_imports_nothing():
    """A module that does not exist is named without trying to import it."""
    source = ImportSource("no_such_module_anywhere").attr("f").call(1)
    assert source == eval(repr(source))
    assert hash(source) == hash(eval(repr(source)))
    assert source.name == 'import_module("no_such_module_anywhere").f(1)'
    assert "no_such_module_anywhere" not in sys.modules
