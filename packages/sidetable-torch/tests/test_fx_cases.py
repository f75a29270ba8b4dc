"""Graphs that carry real objects: a database, a tokenizer, a lock, a logger, a generator."""

from __future__ import annotations

import io
import logging
import random
import sqlite3
import threading
from contextlib import closing

import pytest
import sentencepiece
import torch

from sidetable_torch import ObjectTracer, trace_objects

X = torch.ones(2)


def database(*rows):
    """A database of weights, in memory."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("create table weight (name text, value real)")
    connection.executemany("insert into weight values (?, ?)", rows)
    return connection


def tokenizer(*words):
    """A tokenizer whose vocabulary is these words, in order of how often they are given."""
    model = io.BytesIO()
    sentences = [" ".join(words)] * 8
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        model_type="word",
        vocab_size=3 + len(set(words)),
        minloglevel=4,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


@torch.fx.wrap
def under(lock, x):
    """Add one, holding the lock."""
    with lock:
        return x + 1


@torch.fx.wrap
def tensor(numbers):
    """Make a tensor."""
    return torch.tensor(numbers)


class Opaque(torch.nn.Module):
    """A module that must not be traced into: it decides by what its input is."""

    def __init__(self, factor):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.full((2,), float(factor)))

    def forward(self, x):
        return x * self.weight if x.sum() > 0 else x


class Service(torch.nn.Module):
    """A model with everything that a graph cannot hold."""

    def __init__(self, factor, seed=1, name="service"):
        super().__init__()
        self.database = database(("a", factor))
        self.lock = threading.Lock()
        self.log = logging.getLogger(name)
        self.random = random.Random(seed)
        self.linear = torch.nn.Linear(2, 2, bias=False)
        torch.nn.init.eye_(self.linear.weight)

    def forward(self, x):
        rows = self.database.execute("select value from weight where name = ?", ("a",))
        x = self.linear(x) * rows.fetchone()[0]
        self.log.info("weighed")
        return under(self.lock, x) + self.random.random()


def test_a_connection_to_a_database():
    """It cannot be weakly referenced, and is held by the call's frame."""

    def weighed(connection, name, x):
        row = connection.execute("select value from weight where name = ?", (name,)).fetchone()
        return x * row[0]

    with closing(database(("a", 2))) as one, closing(database(("a", 3), ("b", 4))) as other:
        graph = trace_objects(weighed, {"connection": one})
        assert graph(one, "a", X).tolist() == [2, 2]
        assert graph(other, "a", X).tolist() == [3, 3]
        assert graph(other, "b", X).tolist() == [4, 4]


def test_what_is_written_to_a_database_stays_in_the_graph():
    """Nothing uses what the statement returns, and no pass may remove it for that."""

    def stored(connection, x):
        connection.cursor().execute("insert into weight values (?, ?)", ("new", 1))
        return x

    with closing(database()) as one, closing(database()) as other:
        graph = trace_objects(stored, {"connection": one})
        assert not graph.module.graph.eliminate_dead_code()
        graph(other, X)
        assert one.execute("select count(*) from weight").fetchone() == (0,)
        assert other.execute("select name from weight").fetchone() == ("new",)


def test_a_tokenizer():
    """Another tokenizer gives other numbers for the same text."""

    def embedded(processor, text, table):
        return table[tensor(processor.encode(text))]

    one, other = tokenizer("one", "two", "two"), tokenizer("one", "one", "two")
    table = torch.arange(8)
    graph = trace_objects(embedded, {"processor": one})
    assert graph(one, "two one", table).tolist() == one.encode("two one")
    assert graph(other, "two one", table).tolist() == other.encode("two one")
    assert one.encode("two one") != other.encode("two one")


def test_a_lock():
    """A block needs a function of its own; the methods are recorded as they are called."""

    def guarded(lock, x):
        lock.acquire()
        y = x + 1
        lock.release()
        return under(lock, y)

    graph = trace_objects(guarded, {"lock": threading.Lock()})
    lock = threading.Lock()
    assert graph(lock, X).tolist() == [3, 3]
    assert not lock.locked()
    with lock:
        assert not lock.acquire(blocking=False)


def test_a_logger(caplog):
    """It logs once for every call, and not while it is traced."""

    def logged(log, x):
        log.warning("a call with %s numbers", x.numel())
        return x

    graph = trace_objects(logged, {"log": logging.getLogger("traced")})
    assert not caplog.records
    graph(logging.getLogger("one"), X)
    graph(logging.getLogger("other"), X)
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("one", "a call with 2 numbers"),
        ("other", "a call with 2 numbers"),
    ]


def test_a_generator_of_random_numbers():
    """It is asked anew in every call, and nothing that it gave is built in."""

    def noisy(generator, x):
        return x * generator.randint(1, 100)

    graph = trace_objects(noisy, {"generator": random.Random(0)})
    expected = [random.Random(7).randint(1, 100)] * 2
    assert graph(random.Random(7), X).tolist() == expected
    ours = random.Random(8)
    assert [graph(ours, X)[0].item() for _ in range(3)] == [
        random_.randint(1, 100) for random_ in [random.Random(8)] for _ in range(3)
    ]


def test_a_module_that_is_kept_opaque():
    """It decides for itself in every call, and its weights stay its own, with their gradients."""

    def applied(module, x):
        return module(x).relu()

    graph = trace_objects(applied, {"module": Opaque(2)})
    module = Opaque(3)
    assert graph(module, X).tolist() == [3, 3]
    assert graph(module, -X).tolist() == [0, 0]
    # What it returns is taken for a tensor, whose methods passes of torch.fx know.
    assert [node.target for node in graph.module.graph.nodes if node.op == "call_method"] == [
        "relu"
    ]
    graph(module, X).sum().backward()
    assert module.weight.grad.tolist() == [1, 1]
    assert not [*graph.module.parameters()]


def test_a_module_of_the_model_that_is_kept_opaque():
    """By its type: `is_leaf_module` would make it part of the graph."""

    class Uses(torch.nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.inner = Opaque(factor)

        def forward(self, x):
            return self.inner(x)

    graph = trace_objects(Uses(2), tracer=ObjectTracer(opaque=[Opaque]))
    assert graph(Uses(5), X).tolist() == [5, 5]


@pytest.mark.parametrize("factor", [2, 3])
def test_a_model_with_all_of_them(factor, caplog):
    """The graph's weights, and the objects of the module that it is called with."""
    caplog.set_level(logging.INFO, logger="other")
    graph = trace_objects(Service(factor=100))
    service = Service(factor, seed=5, name="other")
    assert torch.equal(graph(service, X), X * factor + 1 + random.Random(5).random())
    names = [record.name for record in caplog.records]
    assert [name for name in names if not name.startswith("torch.")] == ["other"]
    assert [*graph.module.state_dict()] == ["linear.weight"]
