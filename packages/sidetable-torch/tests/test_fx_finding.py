"""Objects that turn up in a call: where they are found, and what is refused."""

from __future__ import annotations

import collections
import sys
from types import ModuleType

import pytest
import torch

from sidetable_source import Unsupported
from sidetable_torch import trace_objects

X = torch.ones(2)


class Part:
    """Something that torch.fx does not know."""

    def __init__(self, factor=2):
        self.factor = factor
        self.items = {"by": factor}
        self.calls = []

    def __call__(self, x):
        self.calls.append("called")
        return x * self.factor

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __delitem__(self, key):
        del self.items[key]

    def keys(self):
        return list(self.items)

    def itself(self):
        return self


PART = Part()


NUMBERS = {2, 3}


@torch.fx.wrap
def multiplied(part, x):
    """Multiply by the factor of an object; a node of the graph."""
    return x * part.factor


@torch.fx.wrap
def counted(numbers, x):
    """Multiply by the size of a set; a node of the graph."""
    return x * len(numbers)


def helped(x):
    """Read a global variable, as a function that is called does."""
    return multiplied(PART, x)


def names(graph):
    """The names of the sources, by index."""
    return [source.name for source in graph.sources]


def test_an_object_that_turns_up_is_found_where_running_code_reads_it():
    """A function that is called reads its global variable itself."""

    def function(x):
        return helped(x)

    graph = trace_objects(function)
    assert names(graph) == ["PART"]
    assert graph(X).tolist() == [2, 2]


def test_an_object_that_turns_up_is_found_in_another_modules_globals(monkeypatch, tmp_path):
    """It is imported from there in each call."""
    source = "def helped(x):\n    return multiplied(PART, x)\ntorch.fx.wrap('multiplied')\n"
    (tmp_path / "parts_elsewhere.py").write_text(source, encoding="utf-8")
    module = ModuleType("parts_elsewhere")
    vars(module).update(torch=torch, PART=Part(7), multiplied=multiplied)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, tmp_path / "parts_elsewhere.py", "exec"), vars(module))
    elsewhere = module.helped

    def function(x):
        return elsewhere(x)

    graph = trace_objects(function)
    assert names(graph) == ['import_module("parts_elsewhere").PART']
    assert graph(X).tolist() == [7, 7]
    module.PART = Part(8)
    assert graph(X).tolist() == [8, 8]


@pytest.mark.parametrize("name", ["nowhere", "json", 3])
def test_code_without_a_source_that_reaches_an_object_is_refused(name):
    """Nothing sees what it does, whatever module it says it is of."""
    space = {"__name__": name, "PART": Part(), "torch": torch, "multiplied": multiplied}
    exec("torch.fx.wrap('multiplied')\ndef function(x):\n    return multiplied(PART, x)", space)
    elsewhere = space["function"]

    def function(x):
        return elsewhere(x)

    with pytest.raises(Unsupported, match="it can reach PART"):
        trace_objects(function)


def test_data_that_torch_refuses_is_carried_when_it_turns_up():
    """A set runs while tracing, and a graph cannot hold it."""

    def function(x):
        assert 2 in NUMBERS
        return counted(NUMBERS, x)

    graph = trace_objects(function)
    assert names(graph) == ["NUMBERS"]
    assert graph(X).tolist() == [2, 2]


def test_an_object_that_was_made_while_tracing_is_refused():
    """Nothing says how to fetch it again."""

    def function(x):
        return multiplied(Part(), x)

    with pytest.raises(Unsupported, match="An object without a source") as caught:
        trace_objects(function)
    assert caught.value.context.endswith("Part")


def test_an_object_in_an_attribute_that_turns_up_is_found_there():
    """Each under the name by which the code reads it."""

    class Ordered(torch.nn.Module):
        def __init__(self, factor=2):
            super().__init__()
            self.part = Part(factor)
            setattr(self, "no name", self.part)
            self.parts = collections.OrderedDict(one=[self.part])

        def forward(self, x):
            return multiplied(self.parts["one"][0], x) + multiplied(vars(self)["no name"], x)

    graph = trace_objects(Ordered())
    assert names(graph) == ['self.parts["one"][0]', 'self.__dict__["no name"]']
    assert graph(Ordered(5), X).tolist() == [10, 10]


def test_an_object_that_turns_up_is_found_in_an_inner_module():
    """Its source goes by way of that module."""

    class Inner(torch.nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.parts = collections.OrderedDict(), [collections.OrderedDict(one=Part(factor))]
            self.own = collections.deque([Part(factor)]), Part(factor)

        def forward(self, x):
            return multiplied(vars(self)["own"][1], x)

    class Around(torch.nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.inner = Inner(factor)

        def forward(self, x):
            return self.inner(x)

    graph = trace_objects(Around(2))
    assert names(graph) == ["self.inner.own[1]"]
    assert graph(Around(6), X).tolist() == [6, 6]


def test_an_object_that_turns_up_and_is_nowhere_ends_the_search():
    """Also where containers hold themselves."""

    class Holds(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = []
            self.parts += [self.parts, self.parts]  # each twice: 2**100 ways to go down

        def forward(self, x):
            return multiplied(Part(), x)

    with pytest.raises(Unsupported, match="An object without a source"):
        trace_objects(Holds())


def test_what_a_decorated_function_closes_over_is_found():
    """It is traced with its decorators, and its objects are those of the innermost function."""
    part = Part(4)
    empty = None
    del empty

    def inner(x):
        if x is None:
            return empty  # noqa: F821
        return multiplied(part, x)

    def function(x):
        return inner(x)

    function.__wrapped__ = inner
    graph = trace_objects(function)
    assert names(graph) == ["part"]
    assert graph(X).tolist() == [4, 4]
