"""What a traced function reads, and what becomes of it: an index, an input, or a value."""

from __future__ import annotations

import enum
import logging
import random
import threading
from dataclasses import dataclass
from types import SimpleNamespace

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


class Colour(enum.Enum):
    RED = 1


PART = Part(2)
PARTS = {"main": [Part(3)]}
COUNT = 4


def names(graph):
    """The names of the sources, by index."""
    return [source.name for source in graph.sources]


class Inner(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.part = Part(factor)

    def forward(self, x):
        return self.part.scaled(x)


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
    """Reading alone leaves nothing behind, so nothing is fetched in vain."""

    class Reads(Outer):
        def forward(self, x):
            assert self.pool
            assert self.shared is not None
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
    """It is no method of the class, and what it reads of its module is opaque as ever."""

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


def test_a_forward_whose_globals_no_code_can_reach_reads_them_as_they_are():
    """What it calls on them runs while tracing; its module's attributes are opaque as ever."""
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

    graph = trace_objects(Around())
    assert names(graph) == ["self.inner.part"]
    assert graph(Around(5), X).tolist() == [8, 8]


def test_the_module_is_found_under_the_name_that_its_forward_gives_it():
    """It need not be called self."""

    class Other(torch.nn.Module):
        part = PART

        def forward(this, x):  # noqa: N805
            return this.part.scaled(x)

    assert names(trace_objects(Other())) == ["this.part"]


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


def test_defaults_that_are_objects_are_arguments():
    """A call without the argument uses the default, and one with it what it is given."""

    def scaled(x, part=PART, *, by=2, other=PART):
        return part.scaled(x, by=by) + other.scaled(x)

    graph = trace_objects(scaled)
    assert names(graph) == ["part", "other"]
    assert graph(X).tolist() == [6, 6]
    assert graph(X, Part(3), by=3, other=Part(1)).tolist() == [10, 10]


def test_defaults_that_torch_refuses_stay_with_the_entry_function():
    """The graph's inputs have no defaults; the entry function passes them."""

    def counted(x, numbers=frozenset({1, 2}), by=2):
        return x * sized(numbers) * by

    graph = trace_objects(counted)
    assert graph(X).tolist() == [4, 4]
    assert graph(X, {1}, by=1).tolist() == [1, 1]


@torch.fx.wrap
def sized(numbers):
    """Return the size of a set; a node of the graph."""
    return len(numbers)


def test_gathered_arguments_are_passed_on():
    """A graph can have `*args` and `**kwargs`, beside objects."""

    def summed(part, *args, by, **kwargs):
        return part.scaled(args[0]) + args[1] * by + kwargs["extra"]

    graph = trace_objects(summed, {"part": PART})
    assert [source.name for source in graph.inputs] == ["by", "args", "kwargs"]
    assert graph(Part(3), X, X, by=2, extra=X).tolist() == [6, 6]


def test_given_objects_are_arguments():
    """They are indices, and no inputs of the graph; methods called on them are recorded."""

    def scaled(part, x):
        return part.scaled(x)

    graph = trace_objects(scaled, {"part": PART})
    assert names(graph) == ["part"]
    assert [source.name for source in graph.inputs] == ["x"]
    assert graph(Part(8), x=X).tolist() == [8, 8]


def test_arguments_can_be_given_in_order():
    """As with torch.fx, a tuple has one for each; `PH` stands for what is not given."""

    def scaled(part, x):
        return part.scaled(x)

    graph = trace_objects(scaled, (PART, torch.fx.PH))
    assert graph(Part(8), X).tolist() == [8, 8]


def test_a_given_container_is_taken_apart():
    """Objects in it become indices, and what a graph can hold becomes inputs."""

    def scaled(state, x):
        return state["parts"][0].scaled(x) * state["by"] + state["more"]

    graph = trace_objects(scaled, {"state": {"parts": [PART], "by": 3, "more": X}})
    assert names(graph) == ['state["parts"][0]']
    state = {"parts": [Part(5)], "by": 2, "more": X * 4}
    assert graph(state, X).tolist() == [14, 14]


def test_inputs_have_names_that_nothing_else_has():
    """An argument may be called as an item, or as the handle, would be."""

    def function(handle, state, input_state_by_, input_state_by__1, x):
        return handle.scaled(x) * state["by"] + input_state_by_ + input_state_by__1

    graph = trace_objects(function, {"handle": PART, "state": {"by": 3}})
    assert graph(Part(2), {"by": 5}, 1, 2, X).tolist() == [13, 13]


def test_inputs_have_names_that_code_can_hold():
    """Whatever the keys are."""

    def function(state, x):
        return state["¼"] + state["if"] + state[-1] * x

    graph = trace_objects(function, {"state": {"¼": 1, "if": 2, -1: 3}})
    assert graph({"¼": 4, "if": 5, -1: 6}, X).tolist() == [15, 15]


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


def test_a_given_container_of_another_length_is_refused():
    """The graph is right only for the length that it was traced with, and says so."""

    def scaled(parts, x):
        for part in parts:
            x = part.scaled(x)
        return x

    graph = trace_objects(scaled, {"parts": [Part(2), Part(3)]})
    with pytest.raises(AssertionError, match="parts had 2 items when it was traced"):
        graph([Part(2)] * 3, X)


def test_a_given_container_with_keys_that_code_can_not_hold():
    """Constants in it are refused at once, and objects when they are used."""

    def scaled(parts, x):
        return parts[Colour.RED].scaled(x)

    with pytest.raises(Unsupported, match="without a source"):
        trace_objects(scaled, {"parts": {Colour.RED: PART}})
    with pytest.raises(Unsupported, match="A key that code can not hold"):
        trace_objects(scaled, {"parts": {Colour.RED: 1}})


def test_given_constants_are_built_in_and_checked():
    """As with torch.fx: another value is refused when the graph is called."""

    def scaled(part, x, by):
        return part.scaled(x) if by == 1 else x

    graph = trace_objects(scaled, {"part": PART, "by": 1})
    assert graph(Part(3), X, 1).tolist() == [3, 3]
    with pytest.raises(AssertionError, match="specialized to have value 1"):
        graph(Part(3), X, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"other": 1}, "has no argument 'other'"),
        ({"args": (1,)}, "What args gathers can not be given"),
        ((1, 2, 3), "2 arguments can be given, and 3 were"),
    ],
    ids=["unknown", "gathered", "too many"],
)
def test_what_is_given_for_no_argument_is_refused(given, message):
    """It would be ignored otherwise."""

    def function(x, *args):
        return x

    with pytest.raises(TypeError, match=message):
        trace_objects(function, given)


def test_an_argument_of_a_module_can_be_given_but_not_the_module():
    """The module is what is traced."""

    class Given(torch.nn.Module):
        def forward(self, part, x):
            return part.scaled(x)

    assert trace_objects(Given(), (PART, torch.fx.PH))(Given(), Part(2), X).tolist() == [2, 2]
    with pytest.raises(TypeError, match="no argument 'self'"):
        trace_objects(Given(), {"self": Given()})


def test_transparent_types_are_used_while_tracing():
    """A configuration can decide what is traced; an object in it that turns up is found there."""

    class Configured(torch.nn.Module):
        def __init__(self, factor=2):
            super().__init__()
            self.config = SimpleNamespace(double=True, part=Part(factor))

        def forward(self, x):
            return multiplied(self.config.part, x) * (2 if self.config.double else 1)

    tracer = ObjectTracer(transparent=[SimpleNamespace])
    graph = trace_objects(Configured(), tracer=tracer)
    assert names(graph) == ["self.config.part"]
    assert graph(Configured(5), X).tolist() == [10, 10]


def test_opaque_types_are_kept_opaque():
    """A module is not traced into, nor copied into the graph, and passed as an object."""

    class Uses(torch.nn.Module):
        def __init__(self, factor=2):
            super().__init__()
            self.inner = Inner(factor)
            self.layers = torch.nn.Sequential(Inner(factor))

        def forward(self, x):
            return self.layers(self.inner(x))

    graph = trace_objects(Uses(), tracer=ObjectTracer(opaque=[Inner]))
    assert names(graph) == ["self.inner", 'self.layers._modules["0"]']
    assert not [*graph.module.children()]
    assert graph(Uses(3), X).tolist() == [9, 9]


def test_a_tracer_can_decide_otherwise():
    """What `is_opaque` says counts."""

    class Reads(ObjectTracer):
        def is_opaque(self, value):
            return False

    def scaled(x):
        return PART.scaled(x)

    assert names(trace_objects(scaled, tracer=Reads())) == []


@dataclass
class Sizes:
    width: int
    inner: object = None


@pytest.mark.parametrize(
    ("value", "opaque"),
    [
        (PART, True),
        (PART.scaled, True),
        (threading.Lock(), True),
        (logging.getLogger("part"), True),
        (random.Random(1).random, True),
        (Sizes(1, PART), True),
        (Sizes(1, [{"a": PART}]), True),
        (Sizes(1, {PART}), True),
        (torch.nn.ReLU(), True),
        (Sizes(1), False),
        (Sizes(1, Sizes(2)), False),
        ([PART], False),
        ({1, 2}, False),
        (Part, False),
        (len, False),
        (torch, False),
        (torch.relu, False),
        (torch.ops.aten.relu, False),
        (Colour.RED, False),
        (torch.float32, False),
        (None, False),
        (X, False),
        (torch.Generator(), False),  # torch.fx keeps it as a constant
        (Inner.forward, False),
        ([].append, False),
    ],
)
def test_what_is_neither_data_nor_code_is_opaque(value, opaque):
    """Data and code run while a function is traced, as they do with torch.fx."""
    assert ObjectTracer().is_opaque(value) is opaque


def test_a_dataclass_that_holds_itself_is_data():
    """Looking into it ends."""
    sizes = Sizes(1)
    sizes.inner = sizes
    assert not ObjectTracer().is_opaque(sizes)


def test_other_threads_read_the_objects_themselves_while_one_traces():
    """Only the tracing thread is given stand-ins."""
    seen = []

    class Looks(Outer):
        def forward(self, x):
            thread = threading.Thread(target=lambda: seen.append(self.inner.part))
            thread.start()
            thread.join()
            return self.inner.part.scaled(x)

    model = Looks()
    inner = model.inner.part
    trace_objects(model)
    assert seen == [inner]


def test_modules_are_as_they_were_after_a_trace():
    """Also after one that failed, and one inside another."""

    class Traces(Outer):
        def forward(self, x):
            inside.append(trace_objects(Outer()))
            return self.inner.part.scaled(x)

    inside = []
    model = Traces()
    with pytest.raises(Unsupported):
        trace_objects(lambda x: PART.factor.__enter__())
    assert names(trace_objects(model)) == ["self.inner.part"]
    assert names(inside[0])[0] == "self.inner.part"
    assert type(model.inner.part) is Part
    assert "__getattribute__" not in vars(torch.nn.Module)
