"""Verbs in any order and with any arguments are refused or right, and nothing is executed."""

from __future__ import annotations

import ast
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetable_core import AstCodegen, Scope, SideTable
from sidetable_source import CodegenError, Source

PAYLOAD = '__import__("sidetable canary").songs.append(1)'

NAMES = st.one_of(
    st.sampled_from(
        ["pool", "other", "len", "class", "None", "", "a b", "\u017f", "x\0", "\ud800"]
    ),
    st.sampled_from([PAYLOAD, f"pool or {PAYLOAD}", f"pool\n{PAYLOAD}", f"pool=({PAYLOAD})"]),
)
VALUES = st.one_of(
    NAMES,
    st.none(),
    st.integers(-3, 3),
    st.just(10**5_000),
    st.floats(),
    st.builds(object),
    st.tuples(NAMES, st.integers()),
)
VERBS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["load_local", "load_closure", "load_global"]), NAMES),
        st.tuples(st.sampled_from(["load_import", "get_attr"]), NAMES),
        st.tuples(st.just("load_const"), VALUES),
        st.tuples(st.just("get_item")),
        st.tuples(st.just("call"), st.integers(-1, 2)),
        st.tuples(st.just("call"), st.integers(0, 1), st.lists(NAMES, max_size=2).map(tuple)),
    ),
    max_size=8,
)


class Verbs(Source):
    """Writes whatever it is told to."""

    def __init__(self, *verbs):
        self.verbs = verbs

    def reconstruct(self, codegen):
        """Writes it."""
        for verb, *arguments in self.verbs:
            getattr(codegen, verb)(*arguments)


class Pool:
    """What there is to be fetched."""

    def __init__(self):
        self.pool = self.other = self

    def __getitem__(self, key):
        return self

    def __call__(self, *arguments, **keywords):
        return self


@pytest.fixture(scope="module", autouse=True)
def canary():
    """Sings when somebody evaluates the payload."""
    canary = ModuleType("sidetable canary")
    canary.songs = []
    sys.modules[canary.__name__] = canary
    yield canary
    del sys.modules[canary.__name__]
    assert canary.songs == []


def like(pool):
    """What the entry functions are like."""


@given(VERBS)
def test_verbs_are_refused_or_one_expression(verbs):
    """What was written compiles, and reads as it runs."""
    codegen = AstCodegen(Scope(like))
    try:
        Verbs(*verbs).reconstruct(codegen)
        expression = codegen.finish()
    except CodegenError:
        return
    text = ast.unparse(expression)
    assert ast.unparse(ast.parse(text, mode="eval")) == text


@given(VERBS)
def test_an_entry_function_is_refused_or_finds_its_object(verbs):
    """Errors are those of the names and values that were written, and come from nothing else."""
    table, pool = SideTable(), Pool()
    table.register_user_object(pool, Verbs(*verbs))
    try:
        entry = table.entry(lambda pool: table.get(0), like=like)
    except CodegenError:
        return
    try:
        found = entry(pool)
    except (ArithmeticError, AttributeError, ImportError, LookupError, NameError):
        return
    except (TypeError, ValueError):
        return
    assert found is not None


@pytest.mark.parametrize("step", [("get_attr", "pool"), ("call", 0), ("load_local", "pool")])
def test_ten_thousand_verbs_crash_nothing(step):
    """A chain that is deeper than the interpreter can compile is an error."""
    table, pool = SideTable(), Pool()
    table.register_user_object(pool, Verbs(("load_local", "pool"), *[step] * 10_000))
    with pytest.raises((CodegenError, RecursionError, MemoryError)):
        table.entry(lambda pool: None, like=like)(pool)
