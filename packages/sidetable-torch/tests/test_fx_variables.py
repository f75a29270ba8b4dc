"""What a traced function reads of global variables and of those that it closes over."""

from __future__ import annotations

import torch

from sidetable_torch import trace_objects

X = torch.ones(2)


class Part:
    """Something that torch.fx does not know."""

    def __init__(self, factor):
        self.factor = factor

    def scaled(self, x, by=1):
        return x * self.factor * by


PART = Part(2)


PARTS = {"main": [Part(3)]}


COUNT = 4


def names(graph):
    """The names of the sources, by index."""
    return [source.name for source in graph.sources]


def test_global_variables_are_opaque(monkeypatch):
    """What the name means when the graph is called is used."""

    def scaled(x):
        return PART.scaled(x) + PARTS["main"][0].scaled(x) + COUNT

    graph = trace_objects(scaled)
    assert names(graph) == ["PART", 'PARTS["main"][0]']
    assert graph(X).tolist() == [9, 9]
    monkeypatch.setitem(globals(), "PART", Part(5))
    assert graph(X).tolist() == [12, 12]


def test_global_variables_of_an_inner_modules_forward_are_opaque():
    """The code of every forward that is traced is read so."""

    class Within(torch.nn.Module):
        def forward(self, x):
            return PART.scaled(x)

    class Around(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.within = Within()

        def forward(self, x):
            return self.within(x)

    assert names(trace_objects(Around())) == ["PART"]


def test_variables_that_are_closed_over_are_opaque():
    """What the variable is when the graph is called is used."""
    part = Part(2)

    def scaled(x):
        return part.scaled(x)

    graph = trace_objects(scaled)
    assert names(graph) == ["part"]
    part = Part(9)
    assert graph(X).tolist() == [9, 9]


def test_a_variable_without_a_value_is_left_alone():
    """A function may close over what is assigned later."""

    def scaled(x):
        return x if x is not None else later

    graph = trace_objects(scaled)
    later = None
    assert graph(X) is X
    assert later is None


def test_a_function_that_assigns_to_what_it_closes_over_is_traced_as_it_is():
    """Its objects are then those of the first time they turn up in a call."""
    count = 0
    part = Part(3)

    def scaled(x):
        nonlocal count
        count += 1
        return multiplied(part, x)

    graph = trace_objects(scaled)
    assert count == 1
    assert names(graph) == ["part"]
    assert graph(X).tolist() == [3, 3]


@torch.fx.wrap
def multiplied(part, x):
    """Multiply by the factor of an object; a node of the graph."""
    return x * part.factor
