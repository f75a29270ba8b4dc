"""Graphs that carry objects, pickled: the sources travel, and never the objects."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import threading

import pytest
import torch

from sidetable_source import SideTableError
from sidetable_torch import MissingObjectsError, ObjectTracer, trace_objects

X = torch.ones(2)

MODULE = """
import sqlite3
import threading

import torch


def connect(rows):
    connection = sqlite3.connect(":memory:")
    connection.execute("create table part (name text)")
    connection.executemany("insert into part values (?)", [("a",)] * rows)
    return connection


DATABASES = {"main": connect(2)}
LOCK = threading.Lock()


class Model(torch.nn.Module):
    def __init__(self, rows):
        super().__init__()
        self.connection = connect(rows)
        self.linear = torch.nn.Linear(2, 2, bias=False)
        torch.nn.init.eye_(self.linear.weight)

    def forward(self, x):
        LOCK.acquire()
        count = DATABASES["main"].execute("select count(*) from part").fetchone()[0]
        own = self.connection.execute("select count(*) from part").fetchone()[0]
        LOCK.release()
        return self.linear(x) * count + own
"""

LOADER = """
import json, pickle, sys
import torch
import the_model

graph = pickle.load(sys.stdin.buffer)
the_model.DATABASES["main"] = the_model.connect(10)
print(json.dumps([graph(the_model.Model(5), torch.ones(2)).tolist(), the_model.LOCK.locked()]))
"""


@pytest.fixture
def the_model(tmp_path, monkeypatch):
    """A module in a file, so that another process can import it."""
    (tmp_path / "the_model.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    module = __import__("the_model")
    yield module
    del sys.modules["the_model"]


class Part:
    """Something that torch.fx does not know."""

    def __init__(self, factor):
        self.factor = factor

    def __reduce__(self):
        raise TypeError("not this one")


PART = Part(2)
LOCK = threading.Lock()


def scaled(part, x):
    """Multiply by an argument's factor and a global one's."""
    return x * part.factor * PART.factor


def test_a_graph_is_loaded_in_another_process(the_model):
    """It uses the objects of that process; they could not have been pickled."""
    graph = trace_objects(the_model.Model(3))
    assert graph(the_model.Model(3), X).tolist() == [5, 5]
    done = subprocess.run(
        [sys.executable, "-c", LOADER],
        input=pickle.dumps(graph),
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == [[15, 15], False]


def test_no_object_is_in_the_pickle(the_model):
    """Only the module's and the function's names, the sources, the code and the weights are."""
    data = pickle.dumps(trace_objects(the_model.Model(3)))
    assert b"Connection" not in data
    assert b"DATABASES" in data
    assert b"forward" in data


def test_a_loaded_graph_has_the_same_code_and_sources():
    """What is printed of it does not change."""
    graph = trace_objects(scaled, {"part": Part(3)})
    loaded = pickle.loads(pickle.dumps(graph))
    assert loaded.module.code == graph.module.code
    assert loaded.sources == graph.sources
    assert loaded.inputs == graph.inputs
    assert loaded.like is scaled
    assert loaded(Part(5), X).tolist() == [10, 10]


def test_a_loaded_graph_can_be_pickled_again():
    """Nothing is lost on the way."""
    graph = trace_objects(scaled, {"part": Part(3)})
    twice = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(graph))))
    assert twice(Part(5), X).tolist() == [10, 10]


def test_torch_can_save_and_load_it():
    """`torch.save` pickles; loading runs code, and has to be told that it may."""
    graph = trace_objects(scaled, {"part": Part(3)})
    file = io.BytesIO()
    torch.save(graph, file)
    file.seek(0)
    assert torch.load(file, weights_only=False)(Part(5), X).tolist() == [10, 10]


def test_gathered_arguments_travel():
    """What `*args` and `**kwargs` are is known to the loaded graph too."""
    graph = trace_objects(gathered, {"part": Part(3)})
    loaded = pickle.loads(pickle.dumps(graph))
    assert loaded(Part(2), X, X, extra=X).tolist() == [5, 5]


def gathered(part, *args, **kwargs):
    """Use arguments that are gathered."""
    return args[0] * part.factor + args[1] * 2 + kwargs["extra"]


def test_everything_that_is_missing_is_named_at_once(the_model):
    """One error has each source that finds nothing, and why."""
    data = pickle.dumps(trace_objects(the_model.Model(3)))
    del the_model.DATABASES["main"], the_model.LOCK
    with pytest.raises(MissingObjectsError) as caught:
        pickle.loads(data)
    assert caught.value.missing == (
        ("LOCK", "NameError: name 'LOCK' is not defined"),
        ('DATABASES["main"]', "KeyError: main"),
    )
    assert caught.value.code == "ST511"
    assert "LOCK (NameError: name 'LOCK' is not defined); DATABASES[\"main\"]" in str(caught.value)


def test_an_argument_that_the_function_does_not_have_any_more_is_missing(the_model, monkeypatch):
    """It is found out when the graph is loaded, and not in some call."""
    data = pickle.dumps(trace_objects(the_model.Model(3)))

    def forward(self):
        """Has no x."""

    forward.__module__, forward.__qualname__ = "the_model", "Model.forward"
    monkeypatch.setattr(the_model.Model, "forward", forward)
    with pytest.raises(MissingObjectsError) as caught:
        pickle.loads(data)
    assert ("x", "forward has no parameter 'x'") in [
        (name, why.rpartition(".")[2]) for name, why in caught.value.missing
    ]


def test_a_variable_that_is_not_closed_over_any_more_is_missing(monkeypatch):
    """The function that is found under the name is another one than was traced."""
    data = pickle.dumps(trace_objects(closed))
    monkeypatch.setitem(globals(), "closed", lambda x: x)
    with pytest.raises(MissingObjectsError, match="no closure variable") as caught:
        pickle.loads(data)
    assert [name for name, _ in caught.value.missing] == ["part"]


def closing_over(part):
    """Return a function that is found under the name closed."""

    def closed(x):
        return x * part.factor

    closed.__qualname__ = "closed"
    return closed


closed = closing_over(Part(2))


@pytest.mark.parametrize("how", ["gone", "no module", "no function"])
def test_a_function_that_is_missing_is_named(the_model, monkeypatch, how):
    """Without it, nothing says what to call the graph with."""
    data = pickle.dumps(trace_objects(the_model.Model(3)))
    if how == "gone":
        del the_model.Model
    elif how == "no module":
        monkeypatch.setitem(sys.modules, "the_model", None)
    else:
        the_model.Model.forward = 3
    with pytest.raises(MissingObjectsError) as caught:
        pickle.loads(data)
    assert [name for name, _ in caught.value.missing] == ["the_model.Model.forward"]


def test_an_object_is_missing_whatever_its_source_raises(the_model):
    """Also an error of its own, which cannot even be shown."""

    class BrokenError(Exception):
        def __str__(self):
            raise RuntimeError("no")

    class Breaks(dict):
        def __getitem__(self, key):
            raise BrokenError

    data = pickle.dumps(trace_objects(the_model.Model(3)))
    the_model.DATABASES = Breaks()
    with pytest.raises(MissingObjectsError) as caught:
        pickle.loads(data)
    [(name, why)] = caught.value.missing
    assert name == 'DATABASES["main"]'
    assert why.endswith("BrokenError")


def test_what_a_call_would_miss_can_be_asked_before(the_model):
    """Also what comes from arguments; and nothing of the graph runs."""
    graph = trace_objects(the_model.Model(3))
    graph.check(the_model.Model(4), X)
    bare = the_model.Model(4)
    del bare.connection, the_model.LOCK
    with pytest.raises(MissingObjectsError) as caught:
        graph.check(bare, X)
    assert [name for name, _ in caught.value.missing] == ["LOCK", "self.connection"]


def test_a_call_that_misses_an_object_says_which(the_model):
    """The error is that of the attribute, with a note that names index and source."""
    graph = trace_objects(the_model.Model(3))
    bare = the_model.Model(4)
    del bare.connection
    with pytest.raises(AttributeError) as caught:
        graph(bare, X)
    assert caught.value.__notes__ == ["while fetching the object of index 2: self.connection"]


def test_a_function_without_a_name_of_its_own_can_not_be_pickled():
    """Nothing could find it where the graph is loaded."""
    graph = trace_objects(lambda part, x: x * part.factor, {"part": PART})
    with pytest.raises(pickle.PicklingError, match="lambda"):
        pickle.dumps(graph)


def test_a_function_whose_name_means_another_can_not_be_pickled(the_model, monkeypatch):
    """The graph would be loaded with the other one's signature."""
    graph = trace_objects(the_model.Model(3))
    monkeypatch.setattr(the_model.Model, "forward", lambda self, x: x)
    with pytest.raises(pickle.PicklingError, match=r"the_model\.Model\.forward"):
        pickle.dumps(graph)


def test_the_pickled_graph_is_read_by_a_plain_tracer():
    """What was traced by a tracer of the user's own is loaded without it."""

    class Mine(ObjectTracer):
        """Not to be found by name."""

    graph = trace_objects(scaled, {"part": Part(3)}, tracer=Mine())
    assert pickle.loads(pickle.dumps(graph))(Part(1), X).tolist() == [2, 2]


def test_the_error_pickles_and_shows_at_most_twenty():
    """It is an error of the project's, and a `LookupError`."""
    missing = [(f"part_{number}", "NameError") for number in range(25)]
    error = pickle.loads(pickle.dumps(MissingObjectsError(missing)))
    assert error.missing == tuple(missing)
    assert "25 objects" in str(error)
    assert "part_19 (NameError); and 5 more" in str(error)
    assert "an object here: part_0 (NameError)." in str(MissingObjectsError(missing[:1]))
    assert isinstance(error, SideTableError)
    assert isinstance(error, LookupError)
