"""A traced graph on a real cluster: it travels, and runs with the objects of the worker."""

from __future__ import annotations

import importlib
import os
import pickle
from pathlib import Path

import dask
import pytest
import sentencepiece
import torch
from dask.tokenize import tokenize
from distributed import Client, LocalCluster

from sidetable_distributed import MissingOnWorkerError, Provider, ship
from sidetable_torch import trace_objects

FOLDER = Path(__file__).parent / "workplace"


@pytest.fixture
def weighing(monkeypatch):
    """The module, which this process and all that it starts can import."""
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER), *filter(None, [before])]))
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("weighing")


@pytest.fixture
def model(tmp_path):
    """The file of a small tokenizer."""
    words = ["one", "two", "two", "three"]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words),
        model_prefix=str(tmp_path / "model"),
        vocab_size=20,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return str(tmp_path / "model.model")


@pytest.fixture
def job(weighing, model):
    """The graph with providers of its two objects; the lock it finds by a source of its own."""
    examples = {"scale": weighing.Scale(2), "tokenizer": weighing.tokenizer(model)}
    graph = trace_objects(weighing.weigh, examples)
    return ship(
        graph,
        scale=Provider("weighing:Scale", 3.0, scope="process"),
        tokenizer=Provider("weighing:tokenizer", model, scope="process"),
    )


def test_a_traced_graph_runs_on_workers_with_their_own_objects(weighing, model, job):
    """In two processes, each with its own scale, tokenizer and lock."""
    expected = weighing.tokenizer(model).encode("one two")
    patient = {
        "distributed.comm.timeouts.connect": "300s",
        "distributed.scheduler.worker-ttl": None,
    }
    with (
        dask.config.set(patient),
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster) as client,
    ):
        workers = client.run(os.getpid)
        x = torch.ones(2)
        for address, process in workers.items():
            future = client.submit(job, "one two", x, workers=[address], pure=False)
            weight, tokens, made_in = future.result()
            assert torch.equal(weight, torch.full((2,), 3.0))
            assert tokens == expected
            assert made_in == process != os.getpid()


def test_what_the_graph_itself_lacks_is_listed(weighing, job, monkeypatch):
    """By its own sources, where it is loaded."""
    copied = pickle.loads(pickle.dumps(job))
    monkeypatch.delattr(weighing, "LOCK")
    with pytest.raises(MissingOnWorkerError) as caught:
        copied("one", torch.ones(1))
    assert [name for name, _ in caught.value.missing] == ["LOCK"]


def test_a_graph_that_is_shipped_twice_has_one_token(weighing, model, job):
    """The pickle of a graph is the same each time."""
    examples = {"scale": weighing.Scale(5), "tokenizer": weighing.tokenizer(model)}
    graph = trace_objects(weighing.weigh, examples)
    scale = Provider("weighing:Scale", 3.0, scope="process")
    again = [ship(graph, scale=scale) for _ in range(2)]
    assert (
        tokenize(again[0]) == tokenize(again[1]) == tokenize(pickle.loads(pickle.dumps(again[0])))
    )
    assert tokenize(again[0]) != tokenize(job)
