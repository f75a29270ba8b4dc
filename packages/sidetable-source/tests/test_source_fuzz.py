"""Whatever sources are made of, they are refused or right, and nothing is executed."""

from __future__ import annotations

import ast
import io
import keyword
import pickle
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetable_source import (
    ClosureSource,
    ConstantSource,
    GlobalSource,
    ImportSource,
    InvalidSourceError,
    LocalSource,
    Source,
)

PAYLOAD = '__import__("sidetable canary").songs.append(1)'

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [PAYLOAD, f"x or {PAYLOAD}", f"x\n{PAYLOAD}", f'" + {PAYLOAD} + "', *keyword.kwlist]
    ),
    st.sampled_from(["x", "é", "__import__", "os.path", "\u017f", "a.b", "x\0", "\ud800", "1", ""]),
)
CONSTANTS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(10**4_400, 10**4_500),
        st.floats(),
        st.complex_numbers(),
        st.binary(max_size=20),
        st.just(...),
        TEXTS,
        st.builds(object),
        st.lists(st.integers(), max_size=2),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.frozensets(st.integers() | TEXTS, max_size=3),
    ),
    max_leaves=6,
)
ROOTS = st.sampled_from([LocalSource, ClosureSource, GlobalSource, ImportSource])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("attr"), TEXTS),
        st.tuples(st.just("item"), CONSTANTS),
        st.tuples(st.just("call"), CONSTANTS),
    ),
    max_size=6,
)


@pytest.fixture(scope="module", autouse=True)
def canary():
    """Sings when somebody evaluates the payload."""
    canary = ModuleType("sidetable canary")
    canary.songs = []
    sys.modules[canary.__name__] = canary
    yield canary
    del sys.modules[canary.__name__]
    assert canary.songs == []


def made(root, name, steps):
    """The source that these make, or None where they are refused."""
    try:
        source = root(name)
        for step, value in steps:
            source = getattr(source, step)(value)
    except InvalidSourceError:
        return None
    return source


@given(ROOTS, TEXTS, STEPS)
def test_a_source_is_refused_or_right(root, name, steps):
    """What is made is an expression that a person can read, and comes back equal."""
    source = made(root, name, steps)
    if source is not None:
        assert isinstance(ast.parse(source.name, mode="eval"), ast.Expression)
        assert pickle.loads(pickle.dumps(source)) == source
        assert hash(source) == hash(made(root, name, steps))


@given(CONSTANTS)
def test_a_constant_is_refused_or_read_back(value):
    """The name of a constant means that constant."""
    try:
        source = ConstantSource(value)
    except InvalidSourceError:
        return
    assert repr(source.value) == repr(value)
    assert isinstance(ast.parse(source.name, mode="eval"), ast.Expression)


class OnlySources(pickle.Unpickler):
    """Reads what a source's pickle may refer to, and nothing else that a byte may have become."""

    def find_class(self, module, name):
        """Finds the kinds of source, by their public names."""
        if module != "sidetable_source":
            raise pickle.UnpicklingError(module)
        return super().find_class(module, name)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4),
    st.sampled_from([0, 2, 5]),
)
def test_a_tampered_pickle_is_refused_or_right(changes, protocol):
    """Bytes that were changed make an error, or a source that could have been made as well."""
    source = LocalSource("pool").attr("main").item(("key", 1)).call(2, flag=LocalSource("flag"))
    pickled = bytearray(pickle.dumps(source, protocol))
    for position, byte in changes:
        pickled[position % len(pickled)] = byte
    try:
        loaded = OnlySources(io.BytesIO(pickled)).load()
        name = loaded.name if isinstance(loaded, Source) else "x"
    except Exception:  # noqa: BLE001  # any error will do
        return
    assert isinstance(ast.parse(name, mode="eval"), ast.Expression)


def test_a_chain_of_ten_thousand_steps_is_refused():
    """Long before anything that recurses over it could crash."""
    sources = [LocalSource("x")]

    def deepen():
        for _ in range(10_000):
            sources.append(sources[-1].attr("next"))

    with pytest.raises(InvalidSourceError):
        deepen()
    assert len(sources) < 200
