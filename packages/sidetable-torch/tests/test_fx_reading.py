"""What a traced module reads of its attributes, and what becomes of it: an index, or a value."""

from __future__ import annotations

import threading

import pytest
import torch

from sidetable_source import Unsupported
from sidetable_torch import ObjectTracer, trace_objects

X = torch.ones(2)


class Part:
    """Something that torch.fx does not know."""

    def __init__(self, factor):
        self.factor = factor

    def scaled(self, x, by=1):
        return x * self.factor * by


PART = Part(2)


def names(graph):
    """The names of the sources, by index."""
    return [source.name for source in graph.sources]


class Inner(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.part = Part(factor)

    def forward(self, x):
        return self.part.scaled(x)


class Around(torch.nn.Module):
    def __init__(self, factor=2):
        super().__init__()
        self.inner = Inner(factor)

    def forward(self, x):
        return self.inner(x)


class Outer(torch.nn.Module):
    shared = PART

    def __init__(self, factor=2):
        super().__init__()
        self.inner = Inner(factor)
        self.layers = torch.nn.Sequential(Inner(factor), Inner(factor))
        self.pool = {"main": (Part(factor), "a name")}

    @property
    def first(self):
        return self.pool["main"][0]

    def forward(self, x):
        return self.layers(self.inner(x))


def test_objects_of_modules_are_found_as_attributes_of_the_modules_that_have_them():
    """The chain goes from the traced module to the one whose code reads the object."""
    graph = trace_objects(Outer())
    assert names(graph) == [
        "self.inner.part",
        'self.layers._modules["0"].part',
        'self.layers._modules["1"].part',
    ]
    assert graph(Outer(3), X).tolist() == [27, 27]


def test_the_graph_holds_integers_only():
    """A lookup has the handle and an index; no node has an object, and no attribute does."""
    graph = trace_objects(Outer())
    found = [node.args for node in graph.module.graph.nodes if node.name.startswith("lookup")]
    handle = next(iter(graph.module.graph.nodes))
    assert found == [(handle, 0), (handle, 1), (handle, 2)]
    assert not [*graph.module.modules()][1:]


def test_an_object_that_is_read_twice_has_one_index_and_one_lookup():
    """The second use is that of the first one's node."""

    class Twice(Outer):
        def forward(self, x):
            return self.inner.part.scaled(x) + self.inner.part.scaled(x) + self.inner(x)

    graph = trace_objects(Twice())
    assert names(graph) == ["self.inner.part"]
    assert graph.module.code.count("lookup(handle") == 1
    assert graph(Twice(5), X).tolist() == [15, 15]


def test_one_object_under_two_names_has_an_index_for_each():
    """Where the names mean two objects in a later call, each finds its own."""

    class Two(torch.nn.Module):
        def __init__(self, one, other):
            super().__init__()
            self.one, self.other = one, other

        def forward(self, x):
            return self.one.scaled(x) - self.other.scaled(x)

    graph = trace_objects(Two(PART, PART))
    assert names(graph) == ["self.one", "self.other"]
    assert graph(Two(Part(5), Part(3)), X).tolist() == [2, 2]


def test_containers_are_looked_into():
    """An item has a source of its own, and what is no object is used as it is."""

    class Pool(Outer):
        def forward(self, x):
            part, name = self.pool["main"]
            assert name == "a name"
            return part.scaled(x)

    graph = trace_objects(Pool())
    assert names(graph) == ['self.pool["main"][0]']
    assert graph(Pool(7), X).tolist() == [7, 7]


def test_a_container_that_holds_itself_is_looked_into_once():
    """Looking into it ends, also where an object turns up that it does not have."""

    class Holds(Outer):
        def __init__(self, factor=2):
            super().__init__(factor)
            self.parts = [Part(factor), {}]
            self.parts[1]["all"] = self.parts

        def forward(self, x):
            return self.parts[0].scaled(x)

    graph = trace_objects(Holds())
    assert names(graph) == ["self.parts[0]"]
    assert graph(Holds(7), X).tolist() == [7, 7]


def test_an_object_that_is_not_used_has_no_index():
    """A value that is read and not used leaves nothing in the graph."""

    class Reads(Outer):
        def forward(self, x):
            assert self.pool
            self.shared  # noqa: B018
            return x

    assert names(trace_objects(Reads())) == []


def test_properties_and_attributes_of_classes_are_attributes():
    """A property reads what it reads, and so does an attribute of the class."""

    class Reads(Outer):
        def forward(self, x):
            return self.shared.scaled(x) + self.first.scaled(x)

    graph = trace_objects(Reads())
    assert names(graph) == ["self.shared", 'self.pool["main"][0]']
    assert graph(Reads(5), X).tolist() == [7, 7]


def test_a_forward_that_an_instance_has_is_traced_as_it_is():
    """It is not a method of the class, and what it reads of its module stays opaque."""

    class Around(torch.nn.Module):
        def __init__(self, factor=2):
            super().__init__()
            self.inner = Inner(factor)
            self.inner.forward = lambda x: self.inner.part.scaled(x) * 2

        def forward(self, x):
            return self.inner(x)

    graph = trace_objects(Around())
    assert names(graph) == ["self.inner.part"]
    assert graph(Around(3), X).tolist() == [6, 6]


def test_a_forward_without_a_source_is_refused_if_it_reaches_an_object():
    """What it calls would run while tracing."""
    space = {"torch": torch, "PART": Part(3)}
    exec(
        "class Inner(torch.nn.Module):\n"
        "    def forward(self, x):\n"
        "        return self.part.scaled(x) + PART.scaled(1)\n",
        space,
    )

    class Around(torch.nn.Module):
        def __init__(self, factor=2):
            super().__init__()
            self.inner = space["Inner"]()
            self.inner.part = Part(factor)

        def forward(self, x):
            return self.inner(x)

    with pytest.raises(Unsupported, match="it can reach"):
        trace_objects(Around())


def test_the_module_is_found_under_the_name_that_its_forward_gives_it():
    """It need not be called self."""

    class Other(torch.nn.Module):
        part = PART

        def forward(this, x):  # noqa: N805
            return this.part.scaled(x)

    assert names(trace_objects(Other())) == ["this.part"]


def test_an_attribute_whose_name_code_can_not_hold_is_refused_when_it_is_used():
    """It can be read, and has no source."""

    class Odd(torch.nn.Module):
        def __init__(self, *, uses):
            super().__init__()
            self.uses = uses
            setattr(self, "class", Part(2))

        def forward(self, x):
            part = getattr(self, "class")
            return part.scaled(x) if self.uses else x

    assert names(trace_objects(Odd(uses=False))) == []
    with pytest.raises(Unsupported, match="An object without a source"):
        trace_objects(Odd(uses=True))


def test_an_inner_module_may_have_any_name():
    """It is found among the modules that its parent has."""

    class Around(torch.nn.Module):
        def __init__(self, factor=2):
            super().__init__()
            self.add_module("class", Inner(factor))

        def forward(self, x):
            return getattr(self, "class")(x)

    graph = trace_objects(Around())
    assert names(graph) == ['self._modules["class"].part']
    assert graph(Around(4), X).tolist() == [4, 4]


def test_other_threads_read_the_objects_themselves_while_one_traces():
    """Only the tracing thread is given stand-ins."""
    seen = []

    class Starts(ObjectTracer):
        def is_leaf_module(self, m, module_qualified_name):
            thread = threading.Thread(target=lambda: seen.append(m.part))
            thread.start()
            thread.join()
            return super().is_leaf_module(m, module_qualified_name)

    model = Around()
    inner = model.inner.part
    trace_objects(model, tracer=Starts())
    assert seen == [inner]


def test_modules_are_as_they_were_after_a_trace():
    """Also after one that failed, and one inside another."""

    class Traces(ObjectTracer):
        def is_leaf_module(self, m, module_qualified_name):
            inside.append(trace_objects(Outer()))
            return super().is_leaf_module(m, module_qualified_name)

    inside = []
    model = Around()
    with pytest.raises(Unsupported):
        trace_objects(lambda x: len(PART.factor))
    assert names(trace_objects(model, tracer=Traces())) == ["self.inner.part"]
    assert names(inside[0])[0] == "self.inner.part"
    assert type(model.inner.part) is Part
    assert "__getattribute__" not in vars(torch.nn.Module)
