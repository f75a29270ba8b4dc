"""Objects that traced code reaches in ways that few models use: right, or refused."""

# The programs are what people write, good or bad.
# ruff: noqa: D103, PLC3002, PLW0108

import colorsys
import functools
import gc
import importlib
import linecache
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sidetable_source import Unsupported
from sidetable_torch import ObjectTracer, trace_objects

from .stores import Store, X, outcome, plain

STORE = Store(1)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setitem(globals(), "STORE", Store(1))


def of(program):
    """The parameter of a test that a program is."""
    return pytest.param(program, id=program.__name__)


class Holder:
    """An object that traced code makes."""

    shared = None

    def __init__(self, items):
        self.items = items

    def __call__(self, x):
        return x * self.items[0].get()


class Empty:
    """Has no constructor of its own."""


class Base(torch.nn.Module):
    """A model with an object in many places."""

    def __init__(self, store):
        super().__init__()
        self.store, self.items, self.table, self.cache = store, [store, 2], {"k": 3}, None
        setattr(self, "__hidden__", store)  # noqa: B010  # a name that only Python should use

    @property
    def last(self):
        return self.cache

    @last.setter
    def last(self, value):
        self.cache = value

    def by_store(self, x):
        return x * self.store.get()

    @functools.cache  # noqa: B019  # people do
    def cached(self):
        return self.store.get()

    def forward(self, x):
        return self.by_store(x)


@torch.fx.wrap
def marked(x):
    """Use an object that is no argument."""
    return x * STORE.get()


@functools.cache
def doubled(number):
    """Double a number once."""
    return number * 2


def outcome_of(forward, *, other=3):
    """What a graph does with another object, and what eager code does with the same."""
    kind = type("Model", (Base,), {"forward": forward})
    kind.__module__ = "elsewhere"
    graph = trace_objects(kind(Store(1)))
    assert not STORE.log
    found = []
    for run in (lambda model: model(X), lambda model: graph(model, X)):
        store, globals()["STORE"] = Store(other), Store(other + 1)
        found.append([plain(run(kind(store))), store.log, store.value, STORE.log, STORE.value])
    return found


def a_container_in_a_made_object(self, x):
    return x * Holder(self.items).items[0].get()


def a_made_callable(self, x):
    return Holder(self.items)(x)


def a_made_object_without_a_constructor(self, x):
    made = Empty()
    made.store = self.store
    return x * made.__dict__["store"].get()


def a_class_attribute_by_an_instance(self, x):
    return x if Holder(self.items).shared is None else x * Holder(1).shared.get()


def its_own_namespace(self, x):
    return x * self.__dict__["store"].get()


def whether_it_trains(self, x):
    return x * self.store.get() if self.training else x


def the_method_of_a_base(self, x):
    return super(type(self), self).forward(x)


def a_module_by_its_name(self, x):
    return importlib.import_module("operator").mul(x, self.store.get())


def a_logger_of_the_library(self, x):
    logging.getLevelName(10)
    return self.by_store(x)


def a_function_of_the_library(self, x):
    return x * colorsys.rgb_to_hsv(1, 0, 0)[2] * self.store.get()


def a_marked_function(self, x):
    return marked(self.by_store(x))


def a_marked_function_of_a_constant(self, x):
    return x * marked(2) + self.by_store(x)


def a_method_for_a_library(self, x):
    return torch.utils.checkpoint.checkpoint(self.by_store, x, use_reentrant=False)


def a_cached_function_of_constants(self, x):
    return x * doubled(2) * self.store.get()


def a_list_of_its_own(self, x):
    made, named = [], {}
    made.append(self.store.get())
    made += [2]
    named["k"] = made
    return x * sum(named["k"])


def an_attribute_that_may_be_missing(self, x):
    by = getattr(self, "missing", 2) if not hasattr(self, "missing") else 3
    return x * by * self.store.get()


def what_a_type_of_numbers_has(self, x):
    return x + torch.finfo(torch.float32).max * 0 + self.store.get()


def by_a_setter(self, x):
    self.last = 2
    return x * self.store.get()


def names_of_inner_functions(self, x):
    def inner(STORE):  # noqa: N803  # the name of a global variable
        return (lambda: STORE)()

    return x * inner(2) * self.store.get()


def collected(self, x):
    gc.collect()
    return self.by_store(x)


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (a_container_in_a_made_object, a_made_callable, its_own_namespace)),
        *map(of, (a_made_object_without_a_constructor, a_class_attribute_by_an_instance)),
        *map(of, (whether_it_trains, the_method_of_a_base, a_module_by_its_name)),
        *map(of, (a_function_of_the_library, a_marked_function, a_marked_function_of_a_constant)),
        *map(of, (a_method_for_a_library, a_cached_function_of_constants, a_list_of_its_own)),
        *map(of, (an_attribute_that_may_be_missing, what_a_type_of_numbers_has, by_a_setter)),
        *map(of, (names_of_inner_functions, a_logger_of_the_library, collected)),
    ],
)
def test_a_graph_does_what_eager_code_does(program):
    """To the objects of the call, in the same order and as often."""
    expected, found = outcome_of(program)
    assert found == expected


FUNCTIONS = {(lambda items: lambda x: x * items[0].get())([Store(1)])}
SPACE = {"__name__": "no module", "GIVEN": Store(1)}
SOURCE = "def from_elsewhere(x):\n    return x * GIVEN.get()\n"
linecache.cache["<elsewhere>"] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), "")
exec(compile(SOURCE, "<elsewhere>", "exec"), SPACE)
from_elsewhere = SPACE["from_elsewhere"]


def a_list_of_a_function_without_a_source(self, x):
    for function in FUNCTIONS:
        x = function(x)
    return x


def a_global_of_no_module(self, x):
    return from_elsewhere(x)


def the_namespace_of_a_class(self, x):
    return x if Holder.__dict__["shared"] is None else x * 2


def an_error_that_python_raised(self, x):
    try:
        return {}["k"]
    except KeyError as error:
        return x * len(error.args)


def an_attribute_of_such_an_error(self, x):
    try:
        return {}["k"]
    except KeyError as error:
        error.note = 2
        return x


def a_hidden_object(self, x):
    return self.__hidden__(x)


def a_cached_method(self, x):
    return x * self.cached()


class Refers:
    """Refers to an object."""

    store = STORE


def what_a_class_refers_to(self, x):
    return x * len(gc.get_referents(Refers))


def every_variable(self, x):
    return x * len(vars())


def a_deleted_attribute(self, x):
    del self.cache
    return x


def a_deleted_item(self, x):
    del self.table["k"]
    return x


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (a_list_of_a_function_without_a_source, a_global_of_no_module)),
        *map(of, (the_namespace_of_a_class, an_error_that_python_raised, a_hidden_object)),
        *map(of, (an_attribute_of_such_an_error, a_cached_method, what_a_class_refers_to)),
        *map(of, (every_variable, a_deleted_attribute, a_deleted_item)),
    ],
)
def test_what_no_call_could_do_is_refused(program):
    """And nothing is done to the model."""
    kind = type("Model", (Base,), {"forward": program})
    model = kind(Store(1))
    before = dict(vars(model))
    with pytest.raises(Unsupported):
        trace_objects(model)
    assert vars(model) == before
    assert not model.store.log


def takes_no_arguments(self, x):
    return Empty(x)


def a_size_below_zero(self, x):
    return torch.zeros(-1)


def a_missing_attribute(self, x):
    return getattr(self, "missing")  # noqa: B009


@pytest.mark.parametrize(
    ("program", "error"),
    [
        (takes_no_arguments, TypeError),
        (a_size_below_zero, RuntimeError),
        (a_missing_attribute, AttributeError),
    ],
)
def test_an_error_of_the_code_is_raised_while_tracing(program, error):
    """As it is by eager code."""
    model = type("Model", (Base,), {"forward": program})(Store(1))
    with pytest.raises(error):
        model(X)
    with pytest.raises(error):
        trace_objects(model)


def test_a_function_of_pytorch_can_be_traced():
    """It has no code of the user's."""
    graph = trace_objects(torch.nn.functional.softsign)
    assert torch.equal(graph(X), torch.nn.functional.softsign(X))


def test_a_finalizer_may_run_while_a_function_is_traced():
    """It is not part of the model, and the garbage collector decides when it runs."""

    class Cyclic:
        pass

    collected = []
    one = Cyclic()
    one.itself = one
    weakref.finalize(one, lambda: collected.append(STORE.get()))
    del one

    def program(x, store):
        gc.collect()
        return x * store.get()

    assert trace_objects(program, {"store": Store(1)})(X, Store(3)).tolist() == (X * 4).tolist()
    assert len(collected) == 1


def test_a_variable_without_a_value_is_no_object():
    """Another of the same name, in an inner function, is read."""

    def program(x, store):
        def inner(late):
            return (lambda: late)()

        return x * inner(2) * store.get() if store is not None else late

    expected = outcome(program, (X, expecting := Store(3)), [expecting])
    graph = trace_objects(program, {"store": Store(1)})
    late = None
    assert outcome(graph, (X, found := Store(3)), [found]) == expected
    assert late is None


def test_a_module_in_two_places_has_to_be_one_in_each_call():
    """The graph reads its object by way of the first."""

    class Model(torch.nn.Module):
        def __init__(self, one, other):
            super().__init__()
            self.one, self.other = one, other

        def forward(self, x):
            return self.one(x) + self.other(x)

    one = Base(Store(1))
    graph = trace_objects(Model(one, one))
    again = Base(Store(3))
    assert graph(Model(again, again), X).tolist() == (X * 4 + X * 5).tolist()
    with pytest.raises(AssertionError, match="were one module"):
        graph(Model(again, Base(Store(3))), X)


def test_an_object_that_unpacks_into_another_number_of_values_is_an_error():
    """As it is in eager code."""

    def program(x, store):
        one, other, another = store.pair()
        return x * one * other * another

    graph = trace_objects(program, {"store": Store(1)})
    for run in (program, graph):
        with pytest.raises(ValueError, match="2"):
            run(X, Store(3))


def test_a_function_that_a_library_kept_says_so_when_it_is_called():
    """It was made while tracing, and the trace has ended."""
    dispatch = functools.singledispatch(len)

    def program(x, store):
        dispatch.register(int, lambda number: abs(number))
        return x * store.get()

    trace_objects(program, {"store": Store(1)})
    with pytest.raises(Unsupported, match="Code of a trace that has ended"):
        dispatch(1)


def test_a_stand_in_says_what_it_is_to_no_one_after_the_trace():
    """And keeps nothing that it is given, whoever asks."""
    kept = []

    class Keeps(ObjectTracer):
        def create_arg(self, a):
            kept.append(a)
            return super().create_arg(a)

    trace_objects(lambda x, store: store.get(), {"store": Store(1)}, tracer=Keeps())
    stand_in = kept[-1]
    assert not hasattr(stand_in, "__array__")
    with pytest.raises(Unsupported, match="A stand-in after the trace"):
        isinstance(stand_in, int)
    with ThreadPoolExecutor(1) as threads:  # nothing of the user's code runs there
        error = threads.submit(setattr, stand_in, "value", 1).exception()
    assert isinstance(error, Unsupported)
    assert "In " not in error.explanation
