"""What the repair adds to a call: counted, as time is no test's."""

from __future__ import annotations

import gc
import sys

import pytest
import torch
from torch._dynamo import graph_break

import sidetable_torch
from scaling import Scale, compiled, ones, scaled


def three(x, a, b, c):
    """Uses three leaf modules."""
    return scaled(c, scaled(b, scaled(a, x)[0])[0])[0]


def calls_of(function, *args):
    """How many Python functions run when a function is called."""
    count = 0

    def seen(_frame, event, _value):
        nonlocal count
        count += event == "call"

    found = sys.getprofile()
    gc.collect()
    gc.disable()  # or finalizers of what other tests have left would be counted
    sys.setprofile(seen)
    try:
        function(*args)
    finally:
        sys.setprofile(found)
        gc.enable()
    return count


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_call_adds_few_calls_of_functions(backend):
    """Three lookups, a store, an entry and a graph; PyTorch itself needs a thousand and more."""
    function, modules = compiled(three, backend), [Scale(factor) for factor in (2.0, 3.0, 5.0)]
    function(ones(), *modules)
    function(ones(), *modules)
    before = calls_of(function, ones(), *modules)
    with sidetable_torch.install():
        function(ones(), *modules)
        after = calls_of(function, ones(), *modules)
    assert before < after <= before + 20


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_call_that_binds_nothing_adds_three_calls_of_functions(backend):
    """PyTorch asks for what to do around a call, begins it and ends it."""
    function = torch.compile(lambda x: x * 2 + 1, backend=backend)
    function(ones())
    function(ones())
    before = calls_of(function, ones())
    with sidetable_torch.install():
        function(ones())
        assert calls_of(function, ones()) == before + 3


def test_what_follows_a_graph_is_compiled_too(names):
    """Dynamo is asked about frames again after a graph, though not while it runs."""
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph

    def broken(x, a, b):
        y = scaled(a, x)[0]
        graph_break()
        return scaled(b, y)[0]

    function = torch.compile(broken, backend=backend)
    assert function(ones(), Scale(2.0), Scale(3.0)).tolist() == [6.0, 6.0]
    assert len(graphs) == 2
