"""Each use of an object does what eager code does, on the objects of the call, or is refused."""

# The programs are what people write, good or bad.
# ruff: noqa: B009, B010, B018, B020, B905, D103, FLY002, PLC3002, PLW0108, PLW0603
# ruff: noqa: C417, PYI024, PT017, TRY301, UP031, UP032, PT011

from __future__ import annotations

import collections
import contextlib
import copy
import functools
import gc
import itertools
import operator
import random
import types

import pytest
import torch
from torch.fx.passes.dialect.common.cse_pass import CSEPass
from torch.fx.passes.tools_common import legalize_graph

from sidetable_source import Unsupported
from sidetable_torch import ObjectTracer, trace_objects

from .stores import Store, X, outcome, plain

Pair = collections.namedtuple("Pair", "one two")
SETTINGS = types.SimpleNamespace(store=None)


class Registry:
    """Its attribute is read by traced code."""

    store = None


def of(program):
    """The parameter of a test that a program is."""
    return pytest.param(program, id=program.__name__)


def model_of(forward, stores, **attributes):
    """A module whose forward is the program, with stores in many places."""

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = stores
            self.cache, self.seen, self.table, self.count = None, [], {}, 0
            for name, make in attributes.items():
                setattr(self, name, make(stores))

        @property
        def store(self):
            return self.one

        @property
        def drawn(self):
            return random.Random(3)

        def method(self, x, by=2):
            return x * self.one.get() * by

    Model.forward = forward
    return Model()


def compared(forward, **attributes):
    """Trace a model, and compare two calls of another with eager code: "right" or "refused"."""
    traced = [Store(1), Store(2)]
    model = model_of(forward, traced, **attributes)
    before = copy.deepcopy([vars(store) for store in traced])
    kept = dict(vars(model), seen=[*model.seen], table={**model.table})
    try:
        graph = trace_objects(model)
    except Unsupported as error:
        graph = None
        assert error.hints
        assert "In " in error.explanation
        assert error.context
    assert [vars(store) for store in traced] == before
    assert all(vars(model)[name] is value for name, value in kept.items() if name in KEPT)
    assert (model.seen, model.table) == (kept["seen"], kept["table"])
    if graph is None:
        return "refused"
    for run in (graph, graph.with_module(copy.deepcopy(graph.module))):
        expected_with, found_with = [Store(5), Store(7)], [Store(5), Store(7)]
        eager = model_of(forward, expected_with, **attributes)
        called = model_of(forward, found_with, **attributes)
        for _ in range(2):
            expected = outcome(lambda x, m=eager: m(x), (X.clone(),), expected_with)
            found = outcome(lambda x, m=called, run=run: run(m, x), (X.clone(),), found_with)
            assert found == expected
    return "right"


KEPT = ("one", "two", "cache", "count")


# Code that is not the traced function.


def helper(self, x):
    return x * self.one.get()


def with_default(x, store=Registry):
    return x if store is Registry else x * 2


def around(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs) + 1

    return inner


@around
def decorated(self, x):
    return x * self.one.get()


@torch.no_grad()
def without_gradients(self, x):
    return x * self.one.get()


def a_function(self, x):
    return helper(self, x)


def a_lambda(self, x):
    return (lambda y: y * self.one.get())(x)


def a_partial(self, x):
    return functools.partial(helper, self)(x)


def a_mapped_function(self, x):
    return sum(map(lambda y: y * self.one.get(), [x, x]))


def a_comprehension(self, x):
    return [x * self.one.get() for _ in range(2)]


def a_generator(self, x):
    def each():
        yield x * self.one.get()
        yield x * self.two.get()

    first, second = each()
    return first + second


def a_method(self, x):
    return self.method(x, by=3) + type(self).method(self, x)


def a_property(self, x):
    return x * self.store.get()


def a_property_that_makes_an_object(self, x):
    return x * self.drawn.random() - x * self.drawn.random()


def an_attribute_by_name(self, x):
    return x * getattr(self, "one").get() * vars(self)["two"].get()


def a_decorated_function(self, x):
    return decorated(self, x) + without_gradients(self, x)


def a_local_class(self, x):
    class Local:
        def __init__(self, store):
            self.store = store

        def run(self, x):
            return x * self.store.get()

    return Local(self.one).run(x)


def a_checkpoint(self, x):
    return torch.utils.checkpoint.checkpoint(helper, self, x, use_reentrant=False)


def a_reduction(self, x):
    return functools.reduce(lambda y, store: y * store.get(), [self.one, self.two], x)


def a_block(self, x):
    @contextlib.contextmanager
    def block(store):
        store.put(1)
        yield store

    with block(self.one) as store:
        return store.scaled(x)


def an_exception(self, x):
    try:
        self.one.get()
        raise ValueError
    except ValueError:
        return x * self.two.get()


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (a_function, a_lambda, a_partial, a_mapped_function, a_comprehension)),
        *map(of, (a_generator, a_method, a_property, a_property_that_makes_an_object)),
        *map(of, (an_attribute_by_name, a_decorated_function, a_local_class, a_checkpoint)),
        *map(of, (a_reduction, an_exception, a_block)),
    ],
)
def test_code_that_is_called_uses_the_objects_of_the_call(program):
    """Whoever calls it: nothing of an object runs while tracing."""
    assert compared(program) == "right"


class Added:
    def __add__(self, other):
        return other * Registry.store.get()


def an_added_object(self, x):
    return Added() + x


def evaluated(self, x):
    return eval("x * self.one.get()")


def all_globals(self, x):
    return x * globals()["SETTINGS"].store.get()


def an_attribute_getter(self, x):
    return x * operator.attrgetter("one")(self).get()


def a_cached_function(self, x):
    return x * cached(self.one)


@functools.cache
def cached(store):
    return store.get()


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (an_added_object, evaluated, all_globals, an_attribute_getter)),
        of(a_cached_function),
    ],
)
def test_code_that_nothing_rewrites_is_refused(program, monkeypatch):
    """A library calls it, or its source is not available."""
    monkeypatch.setattr(Registry, "store", Store(3))
    monkeypatch.setattr(SETTINGS, "store", Store(3))
    assert compared(program) == "refused"


def test_a_class_attribute_is_that_of_the_call(monkeypatch):
    """It is read through the class, which is code."""

    def program(x):
        return x * Registry.store.get()

    monkeypatch.setattr(Registry, "store", Store(3))
    if trace_refused(program):
        return
    graph = trace_objects(program)
    monkeypatch.setattr(Registry, "store", Store(7))
    assert graph(X).tolist() == (X * 8).tolist()


def trace_refused(program):
    """Whether a program is refused."""
    try:
        trace_objects(program)
    except Unsupported:
        return True
    return False


# When things are read.


def read_then_changed(self, x):
    value = self.one.value
    self.one.get()
    return x * value


def read_twice(self, x):
    return x * self.one.next - self.one.next


def method_kept(self, x):
    get = self.one.get
    return x * get() + get()


def item_then_changed(self, x):
    value = self.one[1]
    self.one[2] = 9
    return x * value + self.one[1]


def read_while_called(self, x):
    return self.one.put(self.one.next).value * x + self.one.value


def read_and_not_used(self, x):
    self.one.next
    self.one.next
    return x


def unpacked_then_changed(self, x):
    one, two = self.one.pair()
    self.one.get()
    return x * one + two


def changed_in_place(self, x):
    store = self.one
    store += 2
    self.one[1] += 3
    return x * store.value


def tensor_changed_in_place(self, x):
    y = x.clone()
    found = self.one.put(y).value.sum()
    y.add_(1)
    return found, y * self.one.value


def nothing_returned(self, x):
    self.one.get()
    self.two.put(self.one.value)


def constant_returned(self, x):
    self.one.get()
    return {"constant": 3, "x": [x]}


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (read_then_changed, read_twice, method_kept, item_then_changed)),
        *map(of, (read_while_called, read_and_not_used, unpacked_then_changed)),
        *map(of, (changed_in_place, tensor_changed_in_place, nothing_returned)),
        of(constant_returned),
    ],
)
def test_things_are_read_where_the_code_reads_them(program):
    """And not where their value is used."""
    assert compared(program) == "right"


# Containers that an object is given, and keeps or changes.


def given_then_changed(self, x):
    kept = [1]
    self.one.put(kept)
    kept.append(2)
    return x


def given_then_changed_by_an_operator(self, x):
    kept = self.items
    self.one.put(kept)
    kept += [2]
    return x


def the_models_own_given_then_changed(self, x):
    self.one.put(self.seen)
    self.seen.append(2)
    return x


def a_part_given_then_changed(self, x):
    part = self.nested["k"]
    self.one.put(self.nested)
    part.append(3)
    self.nested["k"].append(4)
    return x


def given_in_a_tuple(self, x):
    pair = Pair([1], 2)
    self.one.put((pair, self.items))
    pair.one.append(3)
    self.items.append(4)
    return x


def given_to_two(self, x):
    kept = [1]
    self.one.put(kept)
    self.two.put(kept)
    self.one.value.append(3)
    return x * self.two.value[1]


def two_that_are_equal(self, x):
    self.one.put([1])
    self.two.put([1])
    self.one.value.append(3)
    return x * self.two.value[0]


def a_deque_given(self, x):
    kept = collections.deque([1], 2)
    self.one.put(kept)
    kept.extend([2, 3])
    return x


def a_dictionary_given(self, x):
    kept = {"a": self.two}
    self.one.put(kept)
    kept["b"] = x
    return x * self.one.value["a"].get()


def given_as_an_item(self, x):
    kept = [1]
    self.one["key"] = kept
    kept.append(2)
    return x


def given_to_an_operator(self, x):
    kept = [1]
    store = self.one
    store.put([]).value.append(kept)
    kept.append(2)
    return x


def given_and_returned(self, x):
    kept = [x]
    self.one.put(kept)
    return x, kept


def given_by_a_function(self, x):
    def give(value):
        self.one.put(value)
        value.append(2)

    kept = [1]
    give(kept)
    kept.append(3)
    return x


def given_and_changed_by_a_function(self, x):
    kept = [1]

    def change():
        kept.append(2)

    self.one.put(kept)
    change()
    return x


def given_in_a_loop(self, x):
    for number in range(2):
        kept = [number]
        self.one.put(kept)
        kept.append(number)
    return x


def given_after_a_loop(self, x):
    kept = [1, 2]
    for at, number in enumerate(kept):
        x = x * number + at
    self.one.put(kept)
    return x


CONTAINERS = {
    "items": lambda _: [1, 2],
    "nested": lambda _: {"k": [1]},
}


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (given_then_changed, given_then_changed_by_an_operator)),
        *map(of, (the_models_own_given_then_changed, a_part_given_then_changed)),
        *map(of, (given_in_a_tuple, given_to_two, two_that_are_equal, a_deque_given)),
        *map(of, (a_dictionary_given, given_as_an_item, given_to_an_operator)),
        *map(of, (given_and_returned, given_by_a_function, given_and_changed_by_a_function)),
        *map(of, (given_in_a_loop, given_after_a_loop)),
    ],
)
def test_an_object_gets_the_container_itself(program):
    """What either of them does to it later, the other sees."""
    assert compared(program, **CONTAINERS) == "right"


def test_a_container_that_an_object_was_given_may_come_to_hold_itself():
    """Nothing looks into it in a call, which would have no end."""

    def program(one, two, x):
        kept = [1]
        one.put(kept)
        kept.append(kept)
        two.put([kept, 2])
        return x

    graph = trace_objects(program, {"one": Store(1), "two": Store(2)})
    one, two = Store(3), Store(4)
    graph(one, two, X)
    assert one.value[1] is one.value
    assert two.value[0] is one.value


def changed_then_given(self, x):
    self.items.append(1)
    self.one.put(self.items)
    return x


def a_part_changed_then_given(self, x):
    self.nested["k"].append(1)
    self.one.put((self.nested,))
    return x


def counted_after_it_was_given(self, x):
    kept = self.items
    self.one.put(kept).value.append(3)
    return x * len(kept)


def a_loop_over_what_was_given(self, x):
    kept = [1]
    self.one.put(kept).value.append(3)
    for number in kept:
        x = x * number
    return x


def given_in_its_own_loop(self, x):
    kept = [1, 2]
    for number in kept:
        x = x * number
        self.one.put(kept)
    return x


def given_while_an_iterator_waits(self, x):
    kept = [1]
    waiting = iter(kept)
    self.one.put(kept).value.append(3)
    return x * sum(waiting)


def given_while_a_view_is_kept(self, x):
    kept = {1: 2}
    view = kept.values()
    self.one.put(kept)
    self.one.value[3] = 4
    return x * sum(view)


def given_while_a_call_waits(self, x):
    kept = [1]
    total = functools.partial(sum, kept)
    self.one.put(kept).value.append(3)
    return x * total()


def holding_itself_when_it_is_given(self, x):
    kept = [1]
    kept.append(kept)
    self.one.put(kept)
    return x


def given_without_a_way_to_make_it(self, x):
    self.one.put(collections.defaultdict(list))
    return x


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (changed_then_given, a_part_changed_then_given, counted_after_it_was_given)),
        *map(of, (a_loop_over_what_was_given, given_in_its_own_loop)),
        *map(of, (given_while_an_iterator_waits, given_while_a_view_is_kept)),
        *map(of, (given_while_a_call_waits, given_without_a_way_to_make_it)),
        of(holding_itself_when_it_is_given),
    ],
)
def test_a_container_that_is_read_otherwise_than_a_call_would_is_refused(program):
    """The trace has no way to say what is in it by then."""
    assert compared(program, **CONTAINERS) == "refused"


# Objects of PyTorch's own.


@pytest.mark.parametrize(
    "program",
    [
        lambda self, x: torch.bernoulli(x * 0 + 0.5, generator=self.noise),
        lambda self, x: torch.rand(3, generator=self.noise),
        lambda self, x: torch.randperm(5, generator=self.noise),
        lambda self, x: x * self.noise.initial_seed(),
        lambda self, x: x.clone().normal_(generator=self.noise),
        lambda self, x: torch.normal(x, 1.0, generator=self.noise),
        lambda self, x: self.noise.get_state()[:3],
        lambda self, x: torch.rand(2, generator=torch.Generator().manual_seed(3)),
        lambda self, x: torch.rand(2, generator=self.several["a"]),
        lambda self, x: (self.noise.manual_seed(3), torch.rand(2, generator=self.noise))[1],
        lambda self, x: (
            torch.randint(9, (3,), generator=self.noise)
            + torch.randint(9, (3,), generator=self.noise)
        ),
    ],
)
def test_a_generator_is_that_of_the_call(program):
    """It has a state, so it is no constant."""

    def generator(stores):
        return torch.Generator().manual_seed(stores[0].value)

    found = compared(program, noise=generator, several=lambda stores: {"a": generator(stores)})
    assert found == "right"


# Containers.


class MyList(list):
    """A list of the user's own."""


class MyDict(dict):
    """A dictionary of the user's own."""


def iterated(self, x):
    for store in self.held:
        x = x * store.get()
    return x


def first(self, x):
    return x * self.held[0].get()


def named(self, x):
    return x * self.held["a"].get()


def values(self, x):
    for store in self.held.values():
        x = x * store.get()
    return x


@pytest.mark.parametrize(
    ("program", "make"),
    [
        (iterated, list),
        (iterated, tuple),
        (iterated, lambda stores: Pair(*stores)),
        (first, lambda stores: Pair(*stores)),
        (lambda self, x: x * self.held.two.get(), lambda stores: Pair(*stores)),
        (first, collections.deque),
        (first, MyList),
        (named, lambda stores: {"a": stores[0]}),
        (values, lambda stores: {"a": stores[0]}),
        (named, lambda stores: collections.OrderedDict(a=stores[0])),
        (values, lambda stores: collections.OrderedDict(a=stores[0])),
        (named, lambda stores: MyDict(a=stores[0])),
        (named, lambda stores: collections.defaultdict(list, a=stores[0])),
        (named, lambda stores: types.MappingProxyType({"a": stores[0]})),
        (lambda self, x: x * self.held["a", 1].get(), lambda stores: {("a", 1): stores[0]}),
        (lambda self, x: len(self.held), list),
        (lambda self, x: self.held[0] is self.held[0] and self.held is self.held, list),
        (lambda self, x: [store.get() for store in self.held[::-1]], list),
        (lambda self, x: next(iter(self.held)).get(), list),
        (lambda self, x: [one.get() for one, _ in zip(self.held, [1, 2])], list),
        (lambda self, x: self.one.put(self.held).value, lambda stores: [1, 2]),
    ],
)
def test_a_container_holds_the_objects_of_the_call(program, make):
    """It is taken apart, or it is an object itself."""
    assert compared(program, held=make) == "right"


@pytest.mark.parametrize(
    ("program", "make"),
    [
        (iterated, set),
        (iterated, frozenset),
        (iterated, collections.deque),
        (iterated, MyList),
        (iterated, lambda stores: dict.fromkeys(stores)),
        (iterated, lambda stores: dict.fromkeys(stores).keys()),
        (iterated, lambda stores: {"a": stores[0]}.values()),
        (iterated, iter),
        (values, lambda stores: MyDict(a=stores[0])),
        (lambda self, x: next(self.held), lambda stores: itertools.count()),
        (lambda self, x: self.one in self.held, set),
        (lambda self, x: self.held.append(1), list),
        (lambda self, x: self.held.pop(), list),
        (lambda self, x: list.sort(self.held), list),
        (lambda self, x: self.held.index(self.two), list),
    ],
)
def test_what_no_container_of_the_trace_can_say_is_refused(program, make):
    """What is in it is decided in each call, and so is what a change does."""
    assert compared(program, held=make) == "refused"


def test_a_container_of_another_size_is_refused_in_the_call():
    """The graph would use as many as there were while tracing."""
    stores = [Store(1), Store(2)]
    graph = trace_objects(model_of(iterated, stores, held=list))
    with pytest.raises(AssertionError, match=r"self\.held had 2 items"):
        graph(model_of(iterated, stores, held=lambda stores: [*stores, *stores]), X)


# What Python asks of a value.


@pytest.mark.parametrize(
    "program",
    [
        lambda self, x: f"{self.one.value}",
        lambda self, x: "%s" % self.one.value,
        lambda self, x: "{}".format(self.one.value),
        lambda self, x: str(self.one),
        lambda self, x: repr(self.one.get()),
        lambda self, x: hash(self.one),
        lambda self, x: {self.one: 1},
        lambda self, x: {self.one.value},
        lambda self, x: self.one in {1, 2},
        lambda self, x: self.one.value in [3, 4],
        lambda self, x: type(self.one),
        lambda self, x: id(self.one),
        lambda self, x: isinstance(self.one.value, int),
        lambda self, x: callable(self.one),
        lambda self, x: hasattr(self.one, "value"),
        lambda self, x: self.one.get() is None,
        lambda self, x: x if self.one.value else -x,
        lambda self, x: not self.one.value,
        lambda self, x: 1 < self.one.value < 3,
        lambda self, x: range(self.one.value),
        lambda self, x: [1, 2, 3][self.one.value],
        lambda self, x: [*self.one.pair()],
        lambda self, x: (lambda **named: named)(**self.one.value),
        lambda self, x: sorted([self.one.value, 1]),
        lambda self, x: copy.deepcopy(self.one),
        lambda self, x: round(self.one.value),
        lambda self, x: divmod(self.one.value, 2),
        lambda self, x: list(map(type, [self.one])),
        lambda self, x: torch.is_tensor(self.one.value),
        lambda self, x: torch.manual_seed(self.one.value),
        lambda self, x: torch.no_grad(self.one),
        lambda self, x: setattr(self.one, "value", 3),
        lambda self, x: delattr(self.one, "value"),
        lambda self, x: "".join([self.one.value]),
    ],
)
def test_what_would_be_answered_for_the_stand_in_is_refused(program):
    """In every way in which Python lets code ask."""
    assert compared(program) == "refused"


def matched(self, x):
    match self.one:
        case Store():
            return x
    return -x


def chained(self, x):
    return self.one is self.two is self.one


def starred(self, x):
    one, *others = self.one.pair()
    return x * one + len(others)


def in_a_block(self, x):
    with self.one:
        return x


@pytest.mark.parametrize("program", [*map(of, (matched, chained, starred, in_a_block))])
def test_statements_that_ask_are_refused(program):
    """They would be answered for the stand-in, or be lost."""
    assert compared(program) == "refused"


@pytest.mark.parametrize(
    "program",
    [
        lambda self, x: (x + self.one, self.one.value + 1, 1 + self.one.value, -self.one.value),
        lambda self, x: (self.one is None, self.one is not None, self.one is self.two),
        lambda self, x: (isinstance(self.one, Store), isinstance(self.one, (int, str))),
        lambda self, x: (self.one.value == 3, self.one.value < 3, abs(self.one.value)),
        lambda self, x: (sum([self.one.value, 2]), operator.add(self.one.value, 1)),
        lambda self, x: getattr(self.one, "value") + getattr(self.one, "missing", 3),
        lambda self, x: (self.one.__class__.__name__, self.one.__dict__["value"]),
        lambda self, x: (torch.full((2,), self.one.value), torch.arange(self.one.value)),
        lambda self, x: (x.view(self.one.value - self.one.value + 2), x[self.one.value - 5 :]),
        lambda self, x: (self.one(x), self.one.scaled(x).relu().tolist()),
        lambda self, x: (operator.is_(self.one, None), operator.is_not(self.one, self.two)),
    ],
)
def test_what_a_graph_can_say_is_recorded(program):
    """And done in each call, on its objects."""
    assert compared(program) == "right"


def test_what_an_object_was_while_tracing_is_checked_in_each_call():
    """The code went the way that was right then."""
    graph = trace_objects(lambda x, store: x if store is None else -x, {"store": Store(1)})
    assert graph(X, Store(2)).tolist() == (-X).tolist()
    with pytest.raises(AssertionError, match=r"same\(store, NoneType\) was False"):
        graph(X, None)


# What is stored.


def in_an_attribute(self, x):
    self.cache = self.one
    return x


def in_an_attribute_by_name(self, x):
    setattr(self, "cache", self.one.get)
    return x


def in_a_namespace(self, x):
    vars(self)["cache"] = self.one
    return x


def in_a_list(self, x):
    self.seen.append(self.one.get())
    return x


def in_a_list_by_an_operator(self, x):
    seen = self.seen
    seen += [self.one]
    return x


def in_an_attribute_by_an_operator(self, x):
    self.seen += [self.one]
    return x


def in_a_dictionary(self, x):
    self.table["a"] = [self.one]
    return x


def in_a_dictionary_by_a_method(self, x):
    self.table.setdefault("a", self.one)
    return x


def by_a_mapped_method(self, x):
    list(map(self.seen.append, [self.one]))
    return x


def by_a_generator(self, x):
    self.seen.extend(store for store in [self.one])
    return x


def in_a_global_variable(self, x):
    global KEPT
    KEPT = self.one
    return x


def in_a_function(self, x):
    self.cache = lambda: self.one.get()
    return x


def in_a_loop(self, x):
    for self.cache in [self.one]:
        x = x + 1
    return x


def in_a_buffer(self, x):
    self.register_buffer("kept", x * self.one.value)
    return x


def in_the_class(self, x):
    type(self).kept = self.one
    return x


def in_a_tensor(self, x):
    x.kept = self.one
    return x


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (in_an_attribute, in_an_attribute_by_name, in_a_namespace, in_a_list)),
        *map(of, (in_a_list_by_an_operator, in_an_attribute_by_an_operator, in_a_dictionary)),
        *map(of, (in_a_dictionary_by_a_method, by_a_mapped_method, by_a_generator)),
        *map(of, (in_a_global_variable, in_a_function, in_a_loop, in_a_buffer, in_the_class)),
        of(in_a_tensor),
    ],
)
def test_no_stand_in_is_left_in_what_is_the_users(program):
    """A call of the graph would not store it, and eager code would find it."""
    assert compared(program) == "refused"


def test_tensors_that_the_model_keeps_are_taken_out_again():
    """As with torch.fx the graph does not keep them, and nothing of the trace is left."""

    def forward(self, x):
        self.cache = x * 2
        self.seen.append(x)
        self.table["x"] = x
        self.fresh = x
        return x * self.one.get() + self.cache

    model = model_of(forward, [Store(1), Store(2)])
    trace_objects(model)
    assert (model.cache, model.seen, model.table) == (None, [], {})
    assert not hasattr(model, "fresh")


def test_a_stand_in_is_closed_when_the_trace_ends():
    """Whoever kept it is told."""
    kept = []

    class Keeps(ObjectTracer):
        def create_arg(self, a):
            kept.append(a)
            return super().create_arg(a)

    trace_objects(lambda x, store: store.get(), {"store": Store(1)}, tracer=Keeps())
    stand_in = kept[-1]
    for use in (lambda one: one.more, lambda one: one + 1, lambda one: one()):
        with pytest.raises(Unsupported, match="A stand-in after the trace"):
            use(stand_in)
    gc.collect()


# Passes.


def two_draws(x, one, two):
    return x * one.get(), x * one.get()


def each_in_order(x, one, two):
    one.put(two)
    two.put(5)
    return one.value.get() * x


def reads_and_calls(x, one, two):
    before = one.value
    one.get()
    after = one.value
    one.get()
    return before, after


def only_effects(x, one, two):
    one.get()
    two.get()


def sums_with_effects(x, one, two):
    x + one
    x + one
    return x


def tensors_given(x, one, two):
    y = torch.relu(x)
    one.put(y)
    y = y + 1
    two.put(y)
    return one.value + two.value


def operators(x, one, two):
    one[1] = 2
    one += 4
    two[1] += one.value
    return one.value, two.value


def pairs(x, one, two):
    a, b = one.pair()
    one.get()
    c, d = one.pair()
    return a, b, c, d


def made(x, one, two):
    return random.Random(3).random() * x, random.Random(3).random() * one.get()


def questions(x, one, two):
    return isinstance(one, Store), one is two, [one.get() for _ in range(3)]


def reordered(module, seed):
    """The module with its nodes in some other order that the flow of data allows."""
    chance, new, done = random.Random(seed), torch.fx.Graph(), {}
    waiting = [node for node in module.graph.nodes if node.op not in {"placeholder", "output"}]
    for node in module.graph.nodes:
        if node.op == "placeholder":
            done[node] = new.node_copy(node)
    while waiting:
        ready = [node for node in waiting if all(one in done for one in node.all_input_nodes)]
        node = chance.choice(ready)
        waiting.remove(node)
        done[node] = new.node_copy(node, done.__getitem__)
    output = next(node for node in module.graph.nodes if node.op == "output")
    new.output(torch.fx.node.map_arg(output.args[0], done.__getitem__))
    return torch.fx.GraphModule(module, new)


def without_unused(module):
    """The module without what nothing uses, whatever it says of its effects."""
    for node in reversed(module.graph.nodes):
        if node.op not in {"placeholder", "output"} and not node.users:
            module.graph.erase_node(node)
    module.recompile()
    return module


@pytest.mark.parametrize(
    "change",
    [
        lambda module: CSEPass()(module).graph_module,
        legalize_graph,
        without_unused,
        torch.fx.symbolic_trace,
        lambda module: torch.fx.Transformer(module).transform(),
        lambda module: reordered(module, 1),
        lambda module: reordered(without_unused(module), 2),
        lambda module: CSEPass()(reordered(module, 3)).graph_module,
    ],
    ids=["joined", "sorted", "removed", "traced", "transformed", "moved", "moved 2", "all"],
)
@pytest.mark.parametrize(
    "program",
    [
        *map(of, (two_draws, each_in_order, reads_and_calls, only_effects, sums_with_effects)),
        *map(of, (tensors_given, operators, pairs, made, questions)),
    ],
)
def test_a_pass_that_respects_the_flow_of_data_changes_nothing(program, change):
    """What is done to objects stays in the order of the code, and as often."""
    graph = trace_objects(program, {"one": Store(1), "two": Store(2)})
    changed = graph.with_module(change(copy.deepcopy(graph.module)))
    expected_with, found_with = [Store(5), Store(7)], [Store(5), Store(7)]
    expected = outcome(program, (X.clone(), *expected_with), expected_with)
    assert outcome(changed, (X.clone(), *found_with), found_with) == expected


# Whole models.


class Trained(torch.nn.Module):
    """A model with everything that training changes, and an object."""

    def __init__(self, store):
        super().__init__()
        self.store = store
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Dropout(0.3)
        )
        self.last = torch.nn.Linear(8, 1)

    def forward(self, x):
        self.store.get()
        return self.last(self.layers(x)) * self.store.value


def test_training_five_steps_is_what_eager_code_does():
    """Weights, statistics and dropped values are exactly the same."""

    def train(run, module, parameters):
        torch.manual_seed(1)
        optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9)
        for _ in range(5):
            optimizer.zero_grad()
            run(torch.randn(16, 4)).square().mean().backward()
            optimizer.step()
        return {name: plain(value) for name, value in module.state_dict().items()}

    torch.manual_seed(0)
    eager = Trained(Store(1))
    traced = copy.deepcopy(eager)
    graph = trace_objects(traced)
    expected = train(eager, eager, eager.parameters())
    called = Trained(Store(1))
    found = train(lambda x: graph(called, x), graph.module, graph.module.parameters())
    assert found == expected
    assert called.store.log == eager.store.log


def test_a_tracer_can_be_copied():
    """The copy has the same settings, and has traced nothing."""
    tracer = ObjectTracer(opaque=[Store], transparent=[types.SimpleNamespace])
    trace_objects(lambda x: x, tracer=tracer)
    copied = copy.deepcopy(tracer)
    assert (copied.opaque, copied.transparent) == (tracer.opaque, tracer.transparent)
    assert trace_objects(lambda x: x * 2, tracer=copied)(X).tolist() == [2, 4]


@pytest.mark.parametrize("fullgraph", [False, True])
def test_compiling_a_graph_is_right_or_refused(fullgraph):
    """The graph breaks at a lookup, and says so where it must not."""
    graph = trace_objects(lambda x, store: torch.relu(x * store.value), {"store": Store(2)})
    compiled = torch.compile(graph.module, backend="eager", fullgraph=fullgraph)
    run = graph.with_module(compiled)
    if not fullgraph:
        assert run(X, Store(3)).tolist() == (X * 3).tolist()
        return
    with pytest.raises(torch._dynamo.exc.Unsupported, match="sidetable_torch: the graph looks"):
        run(X, Store(3))


@pytest.mark.parametrize(
    "capture",
    [
        lambda module, args: torch.export.export(module, args),
        lambda module, args: torch.fx.experimental.proxy_tensor.make_fx(module)(*args),
    ],
    ids=["export", "make_fx"],
)
def test_a_capture_that_would_build_the_object_in_is_refused(capture):
    """It would be used in every call of what was captured."""
    graph = trace_objects(lambda x, store: torch.relu(x * store.value), {"store": Store(2)})
    with graph.table.frame(Store(2)) as frame, pytest.raises(Exception) as caught:
        capture(graph.module, (frame.handle, X))
    assert "captured" in str(caught.value) or "sidetable_torch" in str(caught.value)


@pytest.mark.parametrize("number", ["bool_", "int64"])
def test_numbers_of_numpy_are_data(number):
    """As in torch.fx."""
    numpy = pytest.importorskip("numpy")
    value = getattr(numpy, number)(1)
    graph = trace_objects(lambda x: x * int(value) if value else -x)
    assert plain(graph(X)) == [1, 2]


def test_a_coroutine_function_is_refused():
    """A graph cannot wait."""

    async def program(x, store):
        return x * store.get()

    with pytest.raises(Unsupported, match="A coroutine function"):
        trace_objects(program, {"store": Store(1)})


# What torch.fx cannot do, and the documentation lists.


def test_a_region_without_gradients_is_lost_as_in_torch_fx():
    """Its operations are recorded, and the region is not."""

    def program(x, store):
        with torch.no_grad():
            return x * store.get()

    graph = trace_objects(program, {"store": Store(1)})
    x = X.clone().requires_grad_()
    assert not program(x, Store(1)).requires_grad
    assert graph(x, Store(1)).requires_grad


def test_a_counter_is_a_constant_as_in_torch_fx():
    """It is data, and counted once."""

    def forward(self, x):
        self.count += 1
        return x * self.count + self.one.get()

    graph = trace_objects(model_of(forward, [Store(1), Store(2)]))
    model = model_of(forward, [Store(1), Store(2)])
    graph(model, X)
    assert graph(model, X).tolist() == (X + 3).tolist()
    assert model.count == 0


def test_a_tensor_that_the_model_keeps_is_not_kept_by_a_call_as_in_torch_fx():
    """The graph returns values, and sets no attribute."""

    def forward(self, x):
        self.cache = x * 2
        return self.cache + self.one.get()

    graph = trace_objects(model_of(forward, [Store(1), Store(2)]))
    model = model_of(forward, [Store(1), Store(2)])
    assert graph(model, X).tolist() == (X * 2 + 2).tolist()
    assert model.cache is None


def test_a_forward_hook_runs_once_as_in_torch_fx():
    """What it does to tensors is recorded, and it does not run again."""
    ran = []

    def forward(self, x):
        return self.inner(x) + self.one.get()

    def hooked(stores):
        inner = torch.nn.Sequential(torch.nn.ReLU())
        inner.register_forward_hook(lambda module, args, output: ran.append(1) or output * 2)
        return inner

    graph = trace_objects(model_of(forward, [Store(1), Store(2)], inner=hooked))
    model = model_of(forward, [Store(1), Store(2)], inner=hooked)
    assert graph(model, X).tolist() == (X * 2 + 2).tolist()
    assert ran == [1]


def test_a_forward_hook_that_reaches_an_object_is_refused():
    """It would run once."""

    def forward(self, x):
        return self.inner(x)

    def hooked(stores):
        inner = torch.nn.Sequential(torch.nn.ReLU())
        inner.register_forward_hook(lambda module, args, output: output * stores[0].get())
        return inner

    assert compared(forward, inner=hooked) == "refused"


def test_the_text_of_a_tensor_is_that_of_what_stands_for_it_as_in_torch_fx():
    """No value is there to be shown."""
    graph = trace_objects(lambda x: (x, f"{x}"))
    assert graph(X)[1] == "Proxy(x)"
