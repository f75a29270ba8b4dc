"""The codegen that writes syntax trees: its verbs, and what they refuse."""

from __future__ import annotations

import ast
import gc
import linecache
import math
import sys

import pytest

from sidetable_core import AstCodegen, Scope, SideTable
from sidetable_source import (
    AttrSource,
    Codegen,
    CodegenError,
    ConstantSource,
    ImportSource,
    LocalSource,
    Source,
)


def type_of(value):
    """What a value is called in the names of tests."""
    return type(value).__name__


class Thing:
    """An object that can be weakly referenced."""


def like(x, y):
    """The function that code here is written for."""


@pytest.fixture
def codegen():
    """A codegen for `like`."""
    return AstCodegen(Scope(like))


def written(codegen):
    """The text of what was written."""
    return ast.unparse(codegen.finish())


def test_each_verb(codegen):
    """Each verb writes what it says."""
    codegen.load_global("zip")
    codegen.load_local("x")
    codegen.get_attr("items")
    codegen.load_local("y")
    codegen.load_const("a")
    codegen.get_item()
    codegen.load_const(True)
    codegen.call(2, ("strict",))
    assert written(codegen) == "zip(x.items, y['a'], strict=True)"


def test_import(codegen):
    """A module is imported when the code runs."""
    codegen(ImportSource("os.path").attr("join"))
    assert written(codegen) == "import_module('os.path').join"


def test_codegen_follows_the_protocol(codegen):
    """The codegen has every verb of the protocol."""
    verbs = {name for name in vars(Codegen) if not name.startswith("_")}
    assert len(verbs) == 8
    assert all(callable(getattr(codegen, verb)) for verb in verbs)


def test_finish_starts_again(codegen):
    """What was written before is not part of what is written next."""
    codegen.load_local("x")
    assert written(codegen) == "x"
    codegen.load_local("y")
    assert written(codegen) == "y"


def test_failed_finish_starts_again(codegen):
    """A wrong stack does not stay."""
    codegen.load_local("x")
    codegen.load_local("x")
    with pytest.raises(CodegenError, match="2 values"):
        codegen.finish()
    codegen.load_local("y")
    assert written(codegen) == "y"


class Wrong(Source):
    """A source that writes what it is told."""

    def __init__(self, write):
        self._write = write

    def reconstruct(self, codegen):
        """Writes."""
        self._write(codegen)


MISUSES = {
    "nothing": lambda c: None,
    "two values": lambda c: (c.load_local("x"), c.load_local("y")),
    "attribute of nothing": lambda c: c.get_attr("a"),
    "item of nothing": lambda c: c.get_item(),
    "item without key": lambda c: (c.load_local("x"), c.get_item()),
    "call of nothing": lambda c: c.call(0),
    "call without arguments": lambda c: (c.load_local("x"), c.call(1)),
    "call without keyword values": lambda c: (c.load_local("x"), c.call(0, ("a",))),
    "fewer arguments than none": lambda c: (c.load_local("x"), c.call(-1)),
    "fewer arguments than keywords": lambda c: (
        c.load_local("x"),
        c.load_local("x"),
        c.call(-1, ("a",)),
    ),
    "number of arguments that is none": lambda c: (c.load_local("x"), c.call("1")),
    "number of arguments that is a bool": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.call(True),
    ),
    "keyword twice": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.load_local("y"),
        c.call(0, ("a", "a")),
    ),
    "keyword that is no name": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.call(0, ("a b",)),
    ),
    "keyword that is a keyword": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.call(0, ("if",)),
    ),
    "unknown local": lambda c: c.load_local("z"),
    "local that is no name": lambda c: c.load_local(5),
    "unknown closure variable": lambda c: c.load_closure("x"),
    "global that is no name": lambda c: c.load_global("x; import os"),
    "global that is a keyword": lambda c: c.load_global("None"),
    "global that is no text": lambda c: c.load_global(None),
    "attribute that is no name": lambda c: (c.load_local("x"), c.get_attr("a b")),
    "two attributes at once": lambda c: (c.load_local("x"), c.get_attr("a.b")),
    "attribute that is another name": lambda c: (c.load_local("x"), c.get_attr("ﬁ")),
    "constant that is none": lambda c: c.load_const([1]),
    "constant of a subclass": lambda c: c.load_const(type("I", (int,), {})(5)),
    "module that is no name": lambda c: c.load_import("os; import sys"),
    "relative module": lambda c: c.load_import(".os"),
    "module that is no text": lambda c: c.load_import(5),
    "source that is text": lambda c: c("x.y"),
    "source that is a class": lambda c: c(LocalSource),
    "source that writes nothing": lambda c: c(Wrong(lambda c: None)),
    "source that writes two values": lambda c: c(Wrong(MISUSES["two values"])),
    "source that takes what was there": lambda c: (
        c.load_local("x"),
        c(Wrong(lambda c: c.get_attr("a"))),
    ),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_is_a_clear_error(misuse):
    """What can not be written is a CodegenError that names the index, and leaves nothing."""
    table, texts = SideTable(), set(linecache.cache)
    table.register_user_object(Thing(), LocalSource("x"))
    table.register_graph_created_object(Thing(), lambda index, codegen: MISUSES[misuse](codegen))
    with pytest.raises(CodegenError, match="index 1"):
        table.entry(print, like=like)
    gc.collect()
    assert {name for name in linecache.cache if "sidetable" in name} <= texts


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_in_a_source_is_a_clear_error(misuse):
    """The same for a source kind of somebody else's."""
    table = SideTable()
    table.register_user_object(Thing(), Wrong(MISUSES[misuse]))
    with pytest.raises(CodegenError, match="index 0"):
        table.entry(print, like=like)


def test_errors_of_names_tell_the_names_that_there_are(codegen):
    """The error says which function lacks the name, and what it has."""
    with pytest.raises(CodegenError) as caught:
        codegen(LocalSource("missing"))
    for fact in ("like", "missing", "x, y"):
        assert fact in str(caught.value)
    with pytest.raises(CodegenError, match="none"):
        codegen.load_closure("x")


def test_refused_verb_takes_nothing_from_the_stack(codegen):
    """After an error the stack is as before, and can be used."""
    codegen.load_local("x")
    for refused in (
        codegen.get_item,
        lambda: codegen.get_attr("a b"),
        lambda: codegen.call(1),
        lambda: codegen.call(0, ("if",)),
    ):
        with pytest.raises(CodegenError):
            refused()
    codegen.get_attr("a")
    assert written(codegen) == "x.a"


CONSTANTS = [
    None,
    True,
    0,
    -1,
    10**639,
    -(10**639),
    0.0,
    -0.0,
    -1.5,
    math.inf,
    -math.inf,
    math.nan,
    1j,
    -1j,
    complex(-0.0, -0.0),
    complex(math.inf, math.nan),
    "",
    "\ud800",
    "'\"\n\r\x85\u2028\\",
    "\N{CAT FACE}",
    b"\x00\xff",
    ...,
    (),
    (1,),
    (-1, (-0.0, (math.inf, ("a", ())))),
    (math.nan, -math.nan),
    frozenset(),
    frozenset({1, "a"}),
    (frozenset({(1, 2)}), 0),
    (1, True, 1.0),
]


@pytest.mark.parametrize("value", CONSTANTS, ids=type_of)
def test_every_constant_is_fetched_as_it_is(value):
    """The code gives the constant itself, of its exact type and sign, nested or not."""
    table = SideTable()
    source = ConstantSource(value)
    table.register_user_object(None, source, hold="frame")
    entry = table.entry(lambda x, y: table.get(0), like=like)
    assert ConstantSource(entry(1, 2)) == source


@pytest.mark.parametrize("value", CONSTANTS, ids=type_of)
def test_text_of_every_constant_means_it(value):
    """What people read evaluates to the constant, of its exact type and sign."""
    codegen = AstCodegen(Scope(like))
    source = ConstantSource(value)
    codegen(source)
    assert ConstantSource(eval(written(codegen))) == source


@pytest.mark.parametrize("value", [-1, -1.5, -0.0, -1j, 1, 1.0, True, "a", None, ..., (1,)])
def test_text_of_a_constants_attribute_means_it(value):
    """What people read has the parentheses that it needs."""
    codegen = AstCodegen(Scope(like))
    codegen(ConstantSource(value).attr("__class__").attr("__name__"))
    assert eval(written(codegen)) == type(value).__name__
    codegen(ConstantSource(value).attr("__doc__").attr("__class__").call())
    eval(written(codegen))


def test_text_of_a_negative_numbers_method_is_not_another_program():
    """A minus sign is the number's, not the result's."""
    codegen = AstCodegen(Scope(like))
    codegen(ConstantSource(-1).attr("__abs__").call())
    assert eval(written(codegen)) == 1


def test_deepest_and_widest_sources_are_written():
    """Whatever a source may be, code can be written for."""
    table = SideTable()
    deep = LocalSource("x")
    for _ in range(99):
        deep = AttrSource(deep, "real")
    keys = LocalSource("x")
    for _ in range(98):
        keys = LocalSource("y").item(keys)
    wide = ConstantSource(tuple(range(998)))
    nested = ()
    for _ in range(98):
        nested = (nested,)
    for source in (deep, keys, wide, ConstantSource(nested)):
        table.register_user_object(None, source, hold="frame")
    entry = table.entry(lambda x, y: [table.get(index) for index in range(4)], like=like)
    assert entry(0, {0: 0}) == [0, 0, tuple(range(998)), nested]


def test_construct_function_that_writes_without_end_is_an_error():
    """Code that is too deep to be compiled is an error, not a crash."""
    table = SideTable()

    def write(index, codegen):
        codegen.load_local("x")
        for _ in range(sys.getrecursionlimit()):
            codegen.get_attr("real")

    table.register_graph_created_object(Thing(), write)
    with pytest.raises((RecursionError, CodegenError)):
        table.entry(print, like=like)


def test_global_behind_a_parameter(codegen):
    """A global that a parameter hides is asked for by its name."""
    codegen.load_global("x")
    assert written(codegen) == "load_global('x')"
