"""Calls of a graph at once, inside each other, and after each other."""

from __future__ import annotations

import asyncio
import gc
import inspect
import random
import sqlite3
import threading
import weakref
from contextlib import closing

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetable_core import SideTable
from sidetable_source import StaleHandleError, Unsupported
from sidetable_torch import call_method, lookup, trace_objects

X = torch.ones(2)


class Part:
    """Something that torch.fx does not know."""

    def __init__(self, factor, action=None):
        self.factor, self.action = factor, action

    def scaled(self, x):
        return x * self.factor

    def act(self):
        if self.action is not None:
            self.action()


def scaled(part, x):
    """Scale the input."""
    part.act()
    return part.scaled(x)


GRAPH = trace_objects(scaled, {"part": Part(1)})


def counted(connection, x):
    """Add the number of rows in the database."""
    return x + connection.execute("select count(*) from part").fetchone()[0]


def test_two_threads_with_a_database_each_find_their_own():
    """They start together, and each call is right."""

    def work(connection, rows):
        start.wait()
        found.append({graph(connection, X)[0].item() - 1 for _ in range(300)} == {rows})

    def database(rows):
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.execute("create table part (name text)")
        connection.executemany("insert into part values (?)", [("a",)] * rows)
        return connection

    start, found = threading.Barrier(2), []
    with closing(database(2)) as one, closing(database(5)) as other:
        graph = trace_objects(counted, {"connection": one})
        threads = [threading.Thread(target=work, args=case) for case in [(one, 2), (other, 5)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [True, True]


def test_a_call_in_the_midst_of_a_call_leaves_it_alone():
    """Also several levels deep: the outer call goes on with its own object."""
    results = []

    def part(level):
        def action():
            if level:
                results.append(GRAPH(part(level - 1), X)[0].item())

        return Part(level, action)

    assert GRAPH(part(5), X).tolist() == [5, 5]
    assert results == [0, 1, 2, 3, 4]


def test_another_thread_in_the_midst_of_a_call_leaves_it_alone():
    """The two calls overlap for certain."""
    results = []

    def action():
        thread = threading.Thread(target=lambda: results.append(GRAPH(Part(3), X)))
        thread.start()
        thread.join()

    assert GRAPH(Part(2, action), X).tolist() == [2, 2]
    assert results[0].tolist() == [3, 3]


def test_a_call_that_raises_leaves_the_outer_one_alone():
    """The object that raised is gone, and the next call is right."""

    def fail():
        raise ValueError("no")

    def action():
        with pytest.raises(ValueError, match="no"):
            GRAPH(Part(3, fail), X)

    assert GRAPH(Part(2, action), X).tolist() == [2, 2]


def test_a_graph_inside_a_graph_finds_its_own():
    """Two graphs have two tables, and the handle says which."""

    def outer(part, inner, x):
        return part.scaled(GRAPH(inner, x))

    inside = trace_objects(scaled, {"part": Part(1)})

    def action():
        assert inside(Part(7), X).tolist() == [7, 7]

    assert GRAPH(Part(2, action), X).tolist() == [2, 2]
    assert outer(Part(2), Part(3), X).tolist() == [6, 6]


def test_tasks_that_take_turns_find_their_own():
    """Each task has its calls between those of the others."""

    async def work(factor):
        results = []
        for _ in range(20):
            results.append(GRAPH(Part(factor), X)[0].item())
            await asyncio.sleep(0)
        return set(results)

    async def main():
        return await asyncio.gather(*map(work, range(4)))

    assert asyncio.run(main()) == [{0}, {1}, {2}, {3}]


def test_objects_die_when_the_user_drops_them():
    """Neither the tracer, nor the graph, nor a call that has ended keeps one."""
    part = Part(2)
    graph = trace_objects(scaled, {"part": part})
    other = Part(3)
    graph(other, X)
    dying = [weakref.ref(part), weakref.ref(other)]
    del part, other
    gc.collect()
    assert [reference() for reference in dying] == [None, None]


def test_the_entry_function_has_the_signature_of_the_traced_one():
    """It can be called as that one is, and read."""
    assert inspect.signature(GRAPH.entry) == inspect.signature(scaled)
    assert GRAPH.entry.__doc__ == "Scale the input."
    assert "object_0 = part" in inspect.getsource(GRAPH.entry)
    assert GRAPH.like is scaled
    assert repr(GRAPH) == "<ObjectGraph of scaled: 1 objects>"


def test_the_graph_alone_runs_under_a_frame():
    """Its first input is the handle, which ends with the frame."""
    with GRAPH.table.frame(Part(6)) as frame:
        handle = frame.handle
        assert GRAPH.module(handle, X).tolist() == [6, 6]
    with pytest.raises(StaleHandleError):
        GRAPH.module(handle, X)


def test_a_generator_function_is_refused():
    """Its frame would stay open across a yield."""

    def function(part):
        yield part.scaled(X)

    with pytest.raises(Unsupported, match="generator"):
        trace_objects(function, {"part": Part(1)})


def test_lookup_and_call_method_are_plain_functions_outside_of_a_trace():
    """They find, and call."""
    table = SideTable()
    with table.frame(X) as frame:
        assert lookup(frame.handle, 0) is X
    assert call_method([1, 2], "count", 2) == 1
    assert call_method("{value}{method}", "format", value=1, method=2) == "12"


@settings(max_examples=30)
@given(
    shape=st.recursive(
        st.just("part"),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3),
            st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
            st.tuples(inner, inner),
        ),
        max_leaves=6,
    ),
    seed=st.integers(0, 1000),
)
def test_objects_in_any_container_are_those_of_the_call(shape, seed):
    """Whatever the shape, the n-th object is that of the container that was passed."""

    def filled(shape, factors):
        if shape == "part":
            return Part(factors.randint(1, 9))
        if isinstance(shape, dict):
            return {key: filled(inner, factors) for key, inner in shape.items()}
        return type(shape)(filled(inner, factors) for inner in shape)

    def summed(parts, x):
        if isinstance(parts, dict):
            parts = list(parts.values())
        if isinstance(parts, (list, tuple)):
            return sum((summed(part, x) for part in parts), start=x * 0)
        return parts.scaled(x)

    graph = trace_objects(summed, {"parts": filled(shape, random.Random(0))})
    other = filled(shape, random.Random(seed))
    assert torch.equal(graph(other, X), summed(other, X))
