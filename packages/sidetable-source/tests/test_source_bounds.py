"""The bounds of a source: 100 levels, 1,000 sources and constants, and no way around them."""

from __future__ import annotations

import copy
import pickle
import sys
import tracemalloc

import pytest

from sidetable_source import (
    CallSource,
    ConstantSource,
    InvalidSourceError,
    LocalSource,
    Source,
)

pytestmark = pytest.mark.slow


def chain(levels, step=lambda source: source.attr("a")):
    """Makes a source of so many levels."""
    source = LocalSource("x")
    for _ in range(levels - 1):
        source = step(source)
    return source


def nested(levels, around=lambda inner: (inner,)):
    """Makes a constant of so many levels."""
    value = around(1)
    for _ in range(levels - 1):
        value = around(value)
    return value


STEPS = {
    "attr": lambda source: source.attr("a"),
    "item": lambda source: source.item("k"),
    "key": lambda source: LocalSource("x").item(source),
    "call": lambda source: source.call(),
    "argument": lambda source: LocalSource("f").call(1, source),
    "keyword": lambda source: LocalSource("f").call(k=source),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_depth(step):
    """A hundred sources deep is held, one more is refused, whichever way the chain goes."""
    deepest = chain(100, step)
    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        step(deepest)


@pytest.mark.parametrize("around", [lambda inner: (inner,), lambda inner: frozenset({inner})])
def test_depth_of_constants(around):
    """A tuple or frozenset is a level like a source."""
    ConstantSource(nested(99, around))
    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        ConstantSource(nested(100, around))
    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        chain(50).item(nested(100, around))
    chain(98).item(nested(1, around)).call()


def test_depth_of_a_tuple_that_crashes_recursion():
    """A constant far deeper than the interpreter's stack is refused like any other."""
    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        ConstantSource(nested(100_000))


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_deepest_works(step):
    """All that a source can do works at the full depth, in every way of copying it."""
    deepest = chain(100, step)
    compile(deepest.name, "name", "eval")
    assert eval(repr(deepest)) == deepest
    assert hash(deepest) == hash(chain(100, step))
    assert copy.deepcopy(deepest) == deepest
    for protocol in (0, pickle.HIGHEST_PROTOCOL):
        assert pickle.loads(pickle.dumps(deepest, protocol)) == deepest


@pytest.mark.parametrize("around", [lambda inner: (inner,), lambda inner: frozenset({inner})])
def test_deepest_constant_works(around):
    """A constant of the full depth can be shown, pasted, pickled and copied."""
    deepest = ConstantSource(nested(99, around))
    assert eval(deepest.name) == deepest.value
    assert eval(repr(deepest)) == deepest
    assert pickle.loads(pickle.dumps(deepest)) == copy.deepcopy(deepest) == deepest


def test_size():
    """A thousand sources and constants are held, and one more is refused."""
    function = LocalSource("f")
    assert len(CallSource(function, (0,) * 998).parts) == 999
    for make in (
        lambda: CallSource(function, (0,) * 999),
        lambda: CallSource(function, (), tuple((f"k{i}", i) for i in range(999))),
        lambda: CallSource(function, (0,) * 998).attr("a"),
        lambda: ConstantSource((0,) * 999),
        lambda: ConstantSource(frozenset(range(999))),
        lambda: ConstantSource(((0,) * 499, (0,) * 499)),
        lambda: ConstantSource((0,) * 1_000_000),
    ):
        with pytest.raises(InvalidSourceError, match="1000 sources and constants"):
            make()
    ConstantSource((0,) * 998)
    ConstantSource(((0,) * 498, (0,) * 498))


def test_refusing_takes_no_memory():
    """A constant that is far too large is refused without copying it."""
    huge = (0,) * 100_000
    tracemalloc.start()
    try:
        with pytest.raises(InvalidSourceError, match="1000 sources and constants"):
            ConstantSource(huge)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_shared_parts_count_each_time():
    """A source that shares parts is refused before the code that it writes explodes."""
    source = LocalSource("x")
    for _ in range(8):
        source = source.item(source)
    assert source.name.count("x") == 256
    with pytest.raises(InvalidSourceError, match="1000 sources and constants"):
        source.item(source)


def test_shared_constants_count_each_time():
    """A constant that shares parts likewise: 2**90 items in 90 tuples."""
    value = ()
    for _ in range(90):
        value = (value, value)
    with pytest.raises(InvalidSourceError, match="1000 sources and constants"):
        ConstantSource(value)


def test_refused_near_the_end_of_the_stack():
    """Making a source needs no stack that grows with it."""
    deepest = chain(100)

    def recurse(levels):
        return deepest.attr("a") if levels == 0 else recurse(levels - 1)

    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        recurse(sys.getrecursionlimit() - 150)


class Own(Source):
    """A kind of the user's that is made of others."""

    def __init__(self, *parts):
        self._parts = parts

    @property
    def parts(self):
        return self._parts

    def reconstruct(self, codegen):
        raise NotImplementedError


def test_own_kinds_tell_their_parts():
    """The parts of a user's own kind count like any other."""
    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        Own(chain(99)).attr("a").attr("b")
    with pytest.raises(InvalidSourceError, match="1000 sources and constants"):
        Own(*[1] * 999).attr("a")
    with pytest.raises(InvalidSourceError, match="type list"):
        Own([]).attr("a")
    Own(chain(98)).attr("a")
    Own(*[1] * 998).attr("a")


def test_own_kind_with_a_cycle():
    """A user's own kind that claims to be made of itself is refused."""
    own = Own()
    own._parts = (own,)
    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        own.attr("a")


def test_own_kind_with_wrong_parts():
    """The parts are a tuple, or the error says so."""
    own = Own()
    own._parts = [LocalSource("x")]
    with pytest.raises(InvalidSourceError, match="are a list, not a tuple"):
        own.attr("a")
