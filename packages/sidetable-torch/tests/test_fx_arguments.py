"""What a traced function is given: an index, an input, or a constant; and its defaults."""

from __future__ import annotations

import enum

import pytest
import torch

from sidetable_source import Unsupported
from sidetable_torch import trace_objects

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


def names(graph):
    """The names of the sources, by index."""
    return [source.name for source in graph.sources]


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
    with pytest.raises(Unsupported, match="A key that code cannot hold"):
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
        ({"args": (1,)}, "cannot give what args gathers"),
        ((1, 2, 3), "3 values for 2 arguments"),
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
