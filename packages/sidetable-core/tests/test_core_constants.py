"""Constants and deep sources: what the code means, and what people read."""

from __future__ import annotations

import ast
import math
import sys

import pytest

from sidetable_core import AstCodegen, Scope, SideTable
from sidetable_source import (
    AttrSource,
    CodegenError,
    ConstantSource,
    LocalSource,
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
