"""Equality by content and exact type, the hash that agrees, and the repr that can be pasted."""

from __future__ import annotations

import itertools
import math
from weakref import WeakKeyDictionary

import pytest

from sidetable_source import (
    ClosureSource,
    ConstantSource,
    GlobalSource,
    ImportSource,
    LocalSource,
)

X = LocalSource("x")

# Values that Python calls equal, or nearly, within each row; no two of them are the same constant.
LOOKALIKES = [
    [1, True, 1.0, 1 + 0j, "1", b"1", (1,), frozenset({1}), (True,), frozenset({1.0})],
    [0, False, 0.0, -0.0, 0j, -0j, complex(0.0, -0.0), None, (), "", b"", frozenset(), ...],
    [(1, 2), (1, 2.0), (1, (2,)), ((1, 2),), (2, 1), frozenset({1, 2}), (True, 2)],
    [math.inf, -math.inf, math.nan, "inf", complex(math.inf, 0), (math.nan,)],
    ["a", b"a", ("a",), "a ", "A", "'a'", '"a"'],
    [(0.0,), (-0.0,), frozenset({0.0}), frozenset({-0.0}), frozenset({0}), frozenset({False})],
]


@pytest.mark.parametrize("values", LOOKALIKES)
@pytest.mark.parametrize("make", [ConstantSource, X.item, X.call, lambda value: X.call(k=value)])
def test_lookalikes_differ(make, values):
    """Constants are the same only if their exact types are, all the way in."""
    for one, other in itertools.combinations(values, 2):
        assert make(one) != make(other)
        assert repr(make(one)) != repr(make(other))
    assert len({make(value) for value in values}) == len(values)


@pytest.mark.parametrize("value", [value for values in LOOKALIKES for value in values])
def test_same_constants_are_equal(value):
    """A constant is the same as one that was made anew from its text."""
    source = ConstantSource(value)
    again = eval(repr(source))
    assert source == again
    assert hash(source) == hash(again)
    assert type(again.value) is type(value)


def test_nan():
    """One nan is like another, also inside: a source with one can be found again."""
    assert ConstantSource(float("nan")) == ConstantSource(-float("nan"))
    assert {ConstantSource((float("nan"),)): 1}[ConstantSource((float("nan"),))] == 1
    two = ConstantSource(frozenset({float("nan"), float("nan")}))
    assert two == ConstantSource(frozenset({float("nan"), float("nan")}))
    assert two != ConstantSource(frozenset({float("nan")}))


def test_order_of_a_set():
    """A set is the same, and printed the same, in whatever order it was filled."""
    words = [f"word{i}" for i in range(50)]
    forward = ConstantSource(frozenset(words))
    backward = ConstantSource(frozenset(words[::-1]))
    assert forward == backward
    assert forward.name == backward.name == eval(repr(forward)).name


def test_kinds_differ():
    """Sources of different kinds differ, whatever their names."""
    kinds = (LocalSource, ClosureSource, GlobalSource, ImportSource, ConstantSource)
    sources = [kind("x") for kind in kinds]
    sources += [X.attr("x"), X.item("x"), X.call("x"), X.call(x="x")]
    for step in (
        lambda it: it,
        lambda it: it.attr("y"),
        X.item,
        X.call,
    ):
        assert len({step(source) for source in sources}) == len(sources)


def test_shape_counts():
    """Equal leaves in another arrangement make another source."""
    assert X.item("a").item("b") != X.item("b").item("a")
    assert X.item(LocalSource("y").item(0)) != X.item(LocalSource("y")).item(0)
    assert X.call((1, 2)) != X.call(1, 2)
    assert X.call(1) != X.call(k=1)
    assert X.item("LocalSource") != X.item(LocalSource("LocalSource"))


def test_others_are_not_asked():
    """Comparing with something that is no source is False, and calls nothing of it."""

    class Loud:
        def __eq__(self, other):
            raise RuntimeError("it was asked")

        __hash__ = None

    source, loud = LocalSource("x"), Loud()
    assert (source == loud) is False
    assert (source != loud) is True
    assert source != 1
    assert source != "x"


def test_constants_are_compared_without_their_operators():
    """Equality is that of the written constants, so it says the same about every pair, always."""
    big = 2**53
    assert big + 1 != float(big)
    assert ConstantSource(big) != ConstantSource(float(big))
    assert ConstantSource(float(big)) == ConstantSource(float(big + 1))


def test_repr():
    """A repr is the short way to write an equal source."""
    arguments = (-0.0, ImportSource("os.path"), GlobalSource("limit"))
    source = X.attr("pool").item(("a", 1)).call(*arguments, k=frozenset())
    text = (
        'LocalSource("x").attr("pool").item(("a", 1))'
        '.call(-0.0, ImportSource("os.path"), GlobalSource("limit"), k=frozenset())'
    )
    assert repr(source) == text
    assert eval(text) == source


def test_repr_of_constants():
    """The repr of a constant is its text, in which what is not finite is written as a call."""
    source = ConstantSource((float("inf"), float("nan"), -0.0, 1 + 2j, "it's"))
    text = 'ConstantSource((float("inf"), float("nan"), -0.0, complex(1.0, 2.0), "it\'s"))'
    assert repr(source) == text
    assert eval(text) == source


def test_weakly_referenceable():
    """A source can be a weak key, like any object that a table could carry."""
    assert WeakKeyDictionary({X: 1})[LocalSource("x")] == 1
