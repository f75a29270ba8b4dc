"""Graphs that carry objects, after what people do with graphs."""

from __future__ import annotations

import copy
import logging

import pytest
import torch
from torch.fx.passes.shape_prop import ShapeProp

from sidetable_torch import call_method, lookup, trace_objects

X = torch.ones(2)


class Part:
    """Something that torch.fx does not know."""

    def __init__(self, factor):
        self.factor = factor

    def scaled(self, x):
        return x * self.factor


class Model(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.part = Part(factor)
        self.log = logging.getLogger("model")
        self.weight = torch.nn.Parameter(torch.ones(2))

    def forward(self, x):
        self.log.warning("called")
        unused = self.part.factor + 1
        del unused
        return torch.relu(self.part.scaled(x)) + self.weight


@pytest.fixture
def graph():
    """A graph of the model."""
    return trace_objects(Model(2))


def right(graph):
    """Whether the graph uses the objects that it is called with."""
    return graph(Model(3), X).tolist() == [4, 4] and graph(Model(5), X).tolist() == [6, 6]


def nodes(graph, target):
    """The nodes that call a function."""
    return [node for node in graph.module.graph.nodes if node.target is target]


def test_a_deep_copy_has_weights_of_its_own_and_the_same_sources(graph):
    """Both are right, and a change of one leaves the other alone."""
    copied = copy.deepcopy(graph)
    assert copied.sources == graph.sources
    assert copied.module is not graph.module
    with torch.no_grad():
        copied.module.weight.fill_(100)
    assert right(graph)
    assert copied(Model(3), X).tolist() == [103, 103]


def test_a_copy_shares_the_module(graph):
    """As a copy of a module does its parameters."""
    copied = copy.copy(graph)
    assert copied.module is graph.module
    assert right(copied)


def test_a_deep_copy_of_the_module_alone_can_be_put_in(graph):
    """The graph is a plain module, which knows no table."""
    assert right(graph.with_module(copy.deepcopy(graph.module)))


def test_dead_code_goes_and_calls_of_objects_stay(graph, caplog):
    """What is only computed is removed; what is done to an object is not."""
    used = [node.name for node in graph.module.graph.nodes]
    with graph.module.graph.inserting_after(nodes(graph, torch.relu)[0]):
        graph.module.graph.call_function(torch.neg, (nodes(graph, torch.relu)[0],))
    assert graph.module.graph.eliminate_dead_code()
    graph.module.recompile()
    assert [node.name for node in graph.module.graph.nodes] == used
    assert len(nodes(graph, call_method)) == 2
    assert right(graph)
    assert len(caplog.records) == 2


def test_a_lookup_that_nothing_uses_goes(graph):
    """It has no effect. The object is fetched still: the entry function was made before."""
    for node in nodes(graph, call_method):
        node.replace_all_uses_with(next(iter(node.args[2:3]), None))
        graph.module.graph.erase_node(node)
    graph.module.graph.eliminate_dead_code()
    graph.module.recompile()
    assert not nodes(graph, lookup)
    assert graph(Model(3), X).tolist() == [2, 2]


def test_an_interpreter_runs_it(graph):
    """Around its `run`, an entry function fetches the same objects."""
    seen = []

    class Sees(torch.fx.Interpreter):
        def run_node(self, n):
            seen.append(n.name)
            return super().run_node(n)

    entry = graph.entry_around(Sees(graph.module).run)
    assert entry(Model(3), X).tolist() == [4, 4]
    assert seen == [node.name for node in graph.module.graph.nodes]


def test_shapes_can_be_propagated(graph):
    """A pass that runs the graph runs it with real objects."""
    graph.entry_around(ShapeProp(graph.module).run)(Model(3), X)
    assert nodes(graph, torch.relu)[0].meta["tensor_meta"].shape == (2,)


def test_a_transformer_makes_a_graph_that_carries_the_same(graph):
    """Its result is put in with `with_module`."""

    class Negates(torch.fx.Transformer):
        def call_function(self, target, args, kwargs):
            if target is torch.relu:
                target = torch.neg
            return super().call_function(target, args, kwargs)

    negated = graph.with_module(Negates(graph.module).transform())
    assert negated(Model(3), X).tolist() == [-2, -2]
    assert right(graph)


def test_a_pattern_can_be_replaced(graph):
    """Lookups and calls can be part of a pattern, as any function."""

    def pattern(part, x):
        return torch.relu(call_method(part, "scaled", x))

    def replacement(part, x):
        return call_method(part, "scaled", x) * 10

    found = torch.fx.replace_pattern(graph.module, pattern, replacement)
    assert len(found) == 1
    assert graph(Model(3), X).tolist() == [31, 31]


def test_a_lookup_can_be_replaced():
    """A pattern may name an index, and what replaces it use that again."""
    graph = trace_objects(lambda part, x: part.scaled(x), {"part": Part(2)})

    def pattern(handle, x):
        return call_method(lookup(handle, 0), "scaled", x)

    def replacement(handle, x):
        return call_method(lookup(handle, 0), "scaled", x) + x

    assert torch.fx.replace_pattern(graph.module, pattern, replacement)
    assert graph(Part(3), X).tolist() == [4, 4]


def test_it_can_be_traced_again(graph):
    """The second graph has the same lookups, and the same code."""
    again = torch.fx.symbolic_trace(graph.module)
    assert again.code == graph.module.code
    assert right(graph.with_module(again))


def test_it_can_be_called_by_what_is_traced_with_objects():
    """The inner graph is a module that is closed over, and its handle an argument as any other."""
    graph = trace_objects(lambda part, x: part.scaled(x), {"part": Part(2)})
    inner = graph.module

    def function(handle, x):
        return inner(handle, x) * 2

    outer = trace_objects(function)
    assert [source.name for source in outer.sources] == ["inner"]
    with graph.table.frame(Part(4)) as frame:
        assert outer(frame.handle, X).tolist() == [8, 8]


def test_it_can_be_printed(graph):
    """The code names the lookup, its index, and the method."""
    assert "lookup_1 = sidetable_torch_lookup(handle, 1)" in graph.module.code
    assert "sidetable_torch_call_method(lookup, 'warning', 'called')" in graph.module.code
    assert "sidetable_torch_lookup(handle, 0)" in graph.module.print_readable(print_output=False)
    assert str(graph.module.graph).count("sidetable_torch.lookup") == 2


def test_it_passes_torchs_own_check(graph):
    """Every node holds only what torch.fx knows."""
    graph.module.graph.lint()


def test_weights_are_the_graphs_own(graph):
    """They are those of the module that was traced, and learn."""
    graph(Model(3), X).sum().backward()
    assert graph.module.weight.grad.tolist() == [1, 1]
