"""What is done to a stand-in: recorded, or refused."""

from __future__ import annotations

import logging

import pytest
import torch

from sidetable_source import Unsupported
from sidetable_torch import ObjectTracer, call_method, trace_objects

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


class Hostile:
    """Fails at whatever is asked of it."""

    factor = 3

    def _fail(self, *_):
        raise RuntimeError("no")

    __repr__ = __str__ = __eq__ = __hash__ = __bool__ = __len__ = __iter__ = _fail


PART = Part()


HOSTILE = Hostile()


@torch.fx.wrap
def multiplied(part, x):
    """Multiply by the factor of an object; a node of the graph."""
    return x * part.factor


def helped(x):
    """Read a global variable, as a function that is called does."""
    return multiplied(PART, x)


def names(graph):
    """The names of the sources, by index."""
    return [source.name for source in graph.sources]


def test_calls_items_and_attributes_are_recorded():
    """Each is done anew in every call, with the object that is there then."""

    def function(part, x):
        part["more"] = 10
        del part["by"]
        return part(x) * part["more"] + part.items["more"] + part.factor

    graph = trace_objects(function, {"part": Part()})
    part = Part(3)
    assert graph(part, X).tolist() == [43, 43]
    assert part.items == {"more": 10}


def test_keys_are_recorded():
    """The method has the name of one that stand-ins of torch.fx have themselves."""

    def function(part):
        return part.keys()

    graph = trace_objects(function, {"part": Part()})
    assert graph(Part()) == ["by"]


def test_an_attribute_that_is_used_twice_is_fetched_once():
    """As with torch.fx, it is a node when it is used as a value."""

    def function(part, x):
        factor = part.factor
        return x * factor + factor

    graph = trace_objects(function, {"part": Part()})
    fetches = [node for node in graph.module.graph.nodes if node.target is getattr]
    assert len(fetches) == 1
    assert graph(Part(4), X).tolist() == [8, 8]


def test_a_chain_of_methods_is_recorded():
    """What a method returns is an object as well."""

    def function(part, x):
        return part.itself().itself()(x)

    graph = trace_objects(function, {"part": Part()})
    called = [node for node in graph.module.graph.nodes if node.target is call_method]
    assert [node.args[1] for node in called] == ["itself", "itself", "__call__"]
    assert graph(Part(5), X).tolist() == [5, 5]


@pytest.mark.parametrize("statement", ["set", "delete", "with"])
def test_what_a_graph_can_not_say_is_refused(statement):
    """It would be lost, or left undone when the graph raises."""

    def function(part, x):
        if statement == "set":
            part.factor = 2
        elif statement == "delete":
            del part.factor
        else:
            with part:
                return x
        return x

    with pytest.raises(Unsupported, match=r"torch\.fx\.wrap") as caught:
        trace_objects(function, {"part": Part()})
    assert caught.value.context in {"factor", "__enter__"}


def test_control_flow_on_an_object_is_refused():
    """Which way to go is not known while tracing."""

    def function(part, x):
        return x if part.factor else -x

    with pytest.raises(Unsupported, match=r"bool of part\.factor would get the stand-in's answer"):
        trace_objects(function, {"part": Part()})


def test_containers_with_objects_can_be_arguments_of_a_call():
    """The function gets the model's own container, and a new one where the code makes one."""

    class Reads(torch.nn.Module):
        def __init__(self, *factors):
            super().__init__()
            self.parts = [Part(factor) for factor in factors]

        def forward(self, x):
            return summed(self.parts, x, by={"part": self.parts[0]})

    graph = trace_objects(Reads(2, 3))
    assert names(graph) == ["self.parts[0]", "self.parts"]
    assert graph(Reads(4, 5), X).tolist() == [13, 13]


@torch.fx.wrap
def summed(parts, x, by):
    """Use objects in containers; a node of the graph."""
    return sum(x * part.factor for part in parts) + by["part"].factor


def test_an_object_can_be_returned():
    """What comes out is the object of the call."""

    def function(part, x):
        return {"part": part, "x": x}

    graph = trace_objects(function, {"part": PART})
    part = Part(4)
    assert graph(part, X)["part"] is part


def test_an_object_can_be_passed_to_a_leaf_module():
    """The module is the graph's own, and the object the call's."""

    class Leaf(torch.nn.Module):
        def forward(self, part, x):
            return x * part.factor

    class Uses(torch.nn.Module):
        def __init__(self, factor=2):
            super().__init__()
            self.leaf = Leaf()
            self.part = Part(factor)

        def forward(self, x):
            return self.leaf(self.part, x)

    class Keeps(ObjectTracer):
        def is_leaf_module(self, m, module_qualified_name):
            return True

    graph = trace_objects(Uses(), tracer=Keeps())
    called = [node for node in graph.module.graph.nodes if node.op == "call_module"]
    assert [node.target for node in called] == ["leaf"]
    assert graph(Uses(6), X).tolist() == [6, 6]


def test_hostile_objects_are_carried():
    """Nothing of theirs is called while tracing, nor when they are bound."""

    def function(hostile, x):
        return multiplied(hostile, x) + multiplied(HOSTILE, x)

    graph = trace_objects(function, {"hostile": Hostile()})
    assert names(graph) == ["hostile", "HOSTILE"]
    assert graph(Hostile(), X).tolist() == [6, 6]
    assert "Hostile" in graph.table.describe()


def test_objects_that_lie_about_their_class_are_carried():
    """Their class is never asked for."""

    class Lies(Hostile):
        __class__ = property(Hostile._fail)

    lies = Lies()

    def function(given, x):
        return multiplied(given, x) + multiplied(lies, x)

    graph = trace_objects(function, {"given": Lies()})
    assert names(graph) == ["given", "lies"]
    assert graph(Lies(), X).tolist() == [6, 6]


def test_a_hostile_object_without_a_source_is_refused_by_its_type():
    """The error names the type, and asks the object nothing."""

    def function(x):
        return multiplied(Hostile(), x)

    with pytest.raises(Unsupported) as caught:
        trace_objects(function)
    assert "Hostile" in str(caught.value)


def test_a_method_of_an_object_is_an_object():
    """Kept in an attribute, it is fetched and called in each call."""

    class Logs(torch.nn.Module):
        def __init__(self, name):
            super().__init__()
            self.say = logging.getLogger(name).info

        def forward(self, x):
            self.say("seen %s", x.sum())
            return x

    graph = trace_objects(Logs("one"))
    assert names(graph) == ["self.say"]


def test_a_tracer_traces_once():
    """Its indices are those of one graph."""
    tracer = ObjectTracer()
    trace_objects(helped, tracer=tracer)
    with pytest.raises(Unsupported, match="Make a new ObjectTracer"):
        trace_objects(helped, tracer=tracer)


def test_a_tracer_that_has_traced_nothing_says_so():
    """There is no function yet."""
    with pytest.raises(AttributeError, match="traced nothing yet"):
        ObjectTracer().traced()
