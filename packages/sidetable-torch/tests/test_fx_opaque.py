"""Which values stay opaque while a function is traced, and who decides."""

from __future__ import annotations

import collections
import enum
import logging
import random
import threading
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch

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


def names(graph):
    """The names of the sources, by index."""
    return [source.name for source in graph.sources]


class Inner(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.part = Part(factor)

    def forward(self, x):
        return self.part.scaled(x)


@torch.fx.wrap
def multiplied(part, x):
    """Multiply by the factor of an object; a node of the graph."""
    return x * part.factor


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
        (torch.Generator(), True),
        ({PART}, True),
        ({PART: 1}, True),
        (collections.deque([PART]), True),
        (collections.deque([1]), False),
        (list.append, False),
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
