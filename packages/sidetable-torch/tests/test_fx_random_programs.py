"""Random programs over objects with effects do what eager code does, or are refused."""

# ruff: noqa: BLE001, PT017, RUF005  # whatever a random program raises

from __future__ import annotations

import linecache
import os
import sys
from itertools import count
from types import ModuleType

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidetable_source import Unsupported
from sidetable_torch import trace_objects

from .stores import Store, X, plain

# How many programs are tried: a few as a test, and 20,000 in a scheduled run.
PROGRAMS = int(os.environ.get("SIDETABLE_FX_PROGRAMS", "60"))
NUMBERS = count()
HEAD = """
import functools, operator, random, torch

class Inner(torch.nn.Module):
    def __init__(self, store):
        super().__init__()
        self.store = store
        self.linear = torch.nn.Linear(2, 2, bias=False)
        torch.nn.init.eye_(self.linear.weight)
    def forward(self, x, by=1):
        return self.linear(x) * self.store.get() * by

def helper(store, x, more=1):
    return x * store.get() + more

def named(x):
    return x * GLOBAL.get()

def decorated(function):
    @functools.wraps(function)
    def around(*args, **kwargs):
        return function(*args, **kwargs) + GLOBAL.get()
    return around

@decorated
def wrapped(x):
    return x * 2

class Local:
    def __init__(self, store):
        self.store = store
    def run(self, x):
        return x + self.store.get()

class Model(torch.nn.Module):
    shared = None
    def __init__(self, stores):
        super().__init__()
        self.one, self.two = stores[0], stores[1]
        self.items = [stores[2], stores[0]]
        self.table = {"k": stores[1], "l": (stores[2], 3)}
        self.inner = Inner(stores[2])
        self.bag = {stores[0]}
        self.cache, self.seen, self.count = None, [], 0
        self.call = stores[1].get
    @property
    def latest(self):
        return self.two.next
    def method(self, store, x):
        return store.scaled(x) + self.one.value
"""
# A module like any other, so that what its classes have can be fetched.
sys.modules["fx_programs"] = ModuleType("fx_programs")
SPACE = vars(sys.modules["fx_programs"])
SPACE["Store"] = Store


def executed(source, name):
    """Run code that has a source, as that of a file does."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), SPACE)


executed(HEAD, "<what programs use>")

OBJECTS = st.sampled_from(
    ["self.one", "self.two", "self.items[0]", "self.items[-1]", 'self.table["k"]']
    + ['self.table["l"][0]', "self.inner.store", "GLOBAL", "given", "o", 'getattr(self, "two")']
    + ["self.table.get('k')", "self.one.put(3)", "type(self).shared"]
)
NUMBER = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["2", "3", "n", "self.latest", "self.call()", "m", "len(self.items)"]),
        st.builds("{}.value".format, OBJECTS),
        st.builds("{}.get()".format, OBJECTS),
        st.builds("{}.next".format, OBJECTS),
        st.builds("{}[{}]".format, OBJECTS, st.integers(0, 3)),
        st.builds("({} + {})".format, NUMBER, NUMBER),
        st.builds("({} * 2)".format, NUMBER),
        st.builds("(lambda: {})()".format, NUMBER),
        st.builds("sum([{}, {}])".format, NUMBER, NUMBER),
        st.builds("operator.add({}, {})".format, NUMBER, NUMBER),
        st.builds("getattr({}, 'value')".format, OBJECTS),
        st.builds("[{}, {}][0]".format, NUMBER, NUMBER),
        st.builds("random.Random({}).randint(0, 9)".format, st.integers(0, 3)),
    )
)
TENSOR = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["x", "y", "named(x)", "wrapped(y)", "self.inner(y)"]),
        st.builds("{}.scaled({})".format, OBJECTS, TENSOR),
        st.builds("{}({})".format, OBJECTS, TENSOR),
        st.builds("({} * {})".format, TENSOR, NUMBER),
        st.builds("({} + {})".format, NUMBER, TENSOR),
        st.builds("({} + {})".format, TENSOR, OBJECTS),
        st.builds("torch.relu({})".format, TENSOR),
        st.builds("helper({}, {}, more={})".format, OBJECTS, TENSOR, NUMBER),
        st.builds("self.method({}, {})".format, OBJECTS, TENSOR),
        st.builds("Local({}).run({})".format, OBJECTS, TENSOR),
        st.builds("self.inner({}, by={})".format, TENSOR, NUMBER),
        st.builds("functools.partial(helper, {})({})".format, OBJECTS, TENSOR),
        st.just("sum(i.get() * y for i in self.items)"),
    )
)
CONDITION = st.one_of(
    st.builds("{} is None".format, OBJECTS),
    st.builds("{} is not None".format, OBJECTS),
    st.builds("{} is {}".format, OBJECTS, OBJECTS),
    st.builds("isinstance({}, Store)".format, OBJECTS),
    st.builds("{} in self.bag".format, OBJECTS),
    st.builds("{} in self.items".format, OBJECTS),
    st.builds("{} == {}".format, NUMBER, NUMBER),
    st.builds("{}".format, NUMBER),
    st.builds("len(str({})) > 1".format, NUMBER),
    st.builds("self.table".format),
)
STATEMENT = st.one_of(
    st.builds("n = {}".format, NUMBER),
    st.builds("m = {}".format, NUMBER),
    st.builds("n += {}".format, NUMBER),
    st.builds("y = {}".format, TENSOR),
    st.builds("y += {}".format, NUMBER),
    st.builds("o = {}".format, OBJECTS),
    st.builds("o += {}".format, NUMBER),
    st.builds("{}.put({})".format, OBJECTS, NUMBER),
    st.builds("{}.get()".format, OBJECTS),
    st.builds("{}[{}] = {}".format, OBJECTS, st.integers(0, 3), NUMBER),
    st.builds("{}[1] += {}".format, OBJECTS, NUMBER),
    st.builds("n, m = {}.pair()".format, OBJECTS),
    st.builds("f = {}.get; n = {}; m = f() + f()".format, OBJECTS, NUMBER),
    st.builds("for i in self.items: y = y * i.get() + {}".format, NUMBER),
    st.builds("for k, i in self.table.items(): n = n + 1".format),
    st.builds("if {}: y = {}".format, CONDITION, TENSOR),
    st.builds("assert {}.value is not None".format, OBJECTS),
    st.builds("self.cache = {}".format, st.one_of(OBJECTS, NUMBER)),
    st.builds("self.seen.append({})".format, NUMBER),
    st.builds("n = len(f'''{{{}}}''')".format, NUMBER),
    st.builds("def later(y=y): return y * {}\n        y = later()".format, NUMBER),
    st.builds("y = [y * {} for _ in range(2)][1]".format, NUMBER),
    st.builds("{}.put(self.seen)".format, OBJECTS),
    st.sampled_from(["l = [n]", "l = self.seen", "l = self.table", "l = (l, 2)"]),
    st.builds("{}.put(l)".format, OBJECTS),
    st.builds("{}.put([l, {}])".format, OBJECTS, NUMBER),
    st.builds("l.append({})".format, NUMBER),
    st.builds("{}.value.append({})".format, OBJECTS, NUMBER),
    st.sampled_from(["n = len(l)", "for k in l: n = k", "m = l[0]", "f = iter(l)", "n = next(f)"]),
)
PROGRAM = st.tuples(st.lists(STATEMENT, min_size=1, max_size=6), TENSOR, NUMBER)


def defined(program):
    """The model of a program, and the name of its source."""
    statements, tensor, number = program
    lines = [
        "y, n, m, o, l, f = x * 1, 1, 2, self.two, [1], iter([2])",
        *statements,
        f"return {tensor}, {number}, y",
    ]
    head = "class Program(Model):\n    def forward(self, x, given):\n"
    name = f"<program {next(NUMBERS)}>"
    executed(head + "".join(f"        {line}\n" for line in lines), name)
    return SPACE["Program"], name


def stores_of(*values):
    """Stores with these values, and what holds them all."""
    return [Store(value) for value in values]


def attempt(run, *args):
    """What a call returns, or that it raised."""
    try:
        return plain(run(*args))
    except Exception as error:
        assert not isinstance(error, Unsupported)
        return "raised"


def states(stores):
    """What was done to stores."""
    return plain([(store.log, store.value) for store in stores])


@settings(
    max_examples=PROGRAMS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(program=PROGRAM)
def test_a_random_program_does_what_eager_code_does_or_is_refused(program):
    """On other objects than it was traced with, in two calls after each other."""
    model, name = defined(program)
    traced = stores_of(1, 2, 3, 4, 5)

    def bind(stores):
        SPACE["GLOBAL"], model.shared = stores[3], stores[3]
        return model(stores[:3]), X.clone(), stores[4]

    try:
        root, _, given_store = bind(traced)
        try:
            graph = trace_objects(root, {"given": given_store})
        except Unsupported:
            graph = None
        except Exception:  # the program's own
            eager = bind(stores_of(1, 2, 3, 4, 5))
            assert attempt(eager[0], *eager[1:]) == "raised"
            graph = None
        assert states(traced) == states(stores_of(1, 2, 3, 4, 5))
        if graph is None:
            return
        expected_with, found_with = stores_of(7, 5, 4, 9, 6), stores_of(7, 5, 4, 9, 6)
        eager = bind(expected_with)
        expected = [attempt(eager[0], *eager[1:]), states(expected_with)]
        if expected[0] == "raised":
            return
        called = bind(found_with)
        found = [attempt(graph, *called), states(found_with)]
        assert repr(found) == repr(expected)  # also what is not a number
    finally:
        del linecache.cache[name]
