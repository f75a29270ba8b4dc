"""Compiled functions that are saved and loaded, PyTorch's logs, and other ways to call."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
import torch
from torch._dynamo import compiled_autograd
from torch._inductor.utils import fresh_cache
from torch.compiler._cache import CacheArtifactManager

from scaling import Scale, compiled, looked_up, ones


def made(x):
    """Makes a stream in the graph."""
    stream = torch.Stream(device="cpu")
    return x * 2, stream


@pytest.mark.inductor
def test_a_function_that_was_compiled_ahead_of_time_is_an_entry(names, tmp_path):
    """It is saved, loaded and called; a call restores what it found, and keeps nothing."""
    outside = Scale(2.0)
    with torch._dynamo.config.patch(enable_aot_compile=True):
        function = torch.compile(made, fullgraph=True, backend="inductor")
        saved = function.aot_compile(((ones(),), {}))
        saved.save_compiled_function(str(tmp_path / "saved"))
    loaded = torch.compiler.load_compiled_function((tmp_path / "saved").open("rb"))
    names.reset_user_object_tracking()
    names.store_user_object_weakrefs(outside)
    for call in (saved, loaded):
        result, stream = call(ones())
        assert result.tolist() == [2.0, 2.0]
        assert isinstance(stream, torch.Stream)
        assert names.get_external_object_by_index(0) is outside
        assert names.keep_alive == []


@pytest.mark.inductor
def test_cached_artifacts_are_saved_and_loaded(names):
    """What PyTorch caches has nothing of the repair in it."""

    def function(x):
        return x * 2 + 1

    CacheArtifactManager.clear()  # of what other tests have compiled
    with fresh_cache():
        torch.compile(function)(ones())
        artifacts = torch.compiler.save_cache_artifacts()
    assert artifacts is not None
    assert b"sidetable_torch" not in artifacts[0]
    torch.compiler.reset()
    with fresh_cache():
        assert torch.compiler.load_cache_artifacts(artifacts[0]) is not None
        assert torch.compile(function)(ones()).tolist() == [3.0, 3.0]


def test_exporting_strictly_puts_back_what_it_found(names):
    """It compiles, and PyTorch begins each compile by clearing its table."""
    outside = Scale(2.0)
    names.store_user_object_weakrefs(outside)
    exported = torch.export.export(torch.nn.ReLU(), (ones(),), strict=True)
    assert exported.module()(ones()).tolist() == [1.0, 1.0]
    assert names.get_external_object_by_index(0) is outside


def test_logs_still_work():
    """`TORCH_LOGS` shows recompiles and graph breaks, and compiles nothing of the repair's."""
    program = """
        import torch, sidetable_torch
        from scaling import Scale, compiled, ones, two
        sidetable_torch.install()
        function = compiled(two, "eager")
        for _ in range(2):
            function(ones(), Scale(2.0), Scale(3.0))
    """
    path = os.pathsep.join(sys.path)  # which has the folder of what is compiled here
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        env=os.environ | {"PYTHONPATH": path, "TORCH_LOGS": "recompiles,graph_code,bytecode"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Recompiling function two" in done.stderr
    assert "MODIFIED BYTECODE two" in done.stderr
    assert done.stderr.count("MODIFIED BYTECODE") == 2


def test_an_argument_that_is_changed_in_place_is_followed(names):
    """Its new node carries the binding too, though it comes out of no result."""

    def in_place(x, module):
        x.mul_(looked_up(torch.ones_like(x) * x, module))
        return x.detach() + 0

    function, x, module = compiled(in_place, "eager"), ones(grad=True), Scale(3.0)
    y = x * 1
    function(y, module)
    function((ones(grad=True) * 1), Scale(5.0))
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert gradient.tolist() == [6.0, 6.0]


def test_streams_kept_alive_do_not_grow(names):
    """Thousands of calls leave as much as ten do: nothing. The report makes a hundred thousand."""
    function = compiled(made, "eager")
    for _ in range(10):
        function(ones())
    assert names.keep_alive == []
    for _ in range(3000):
        function(ones())
    assert names.keep_alive == []


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiled_autograd_runs_the_backward(names, backend):
    """A backward that is compiled itself gives the same gradient, and leaves nothing bound."""
    function, x = compiled(made, backend), ones(grad=True)
    result, stream = function(x)
    with compiled_autograd._enable(torch.compile(backend=backend)):
        result.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    assert isinstance(stream, torch.Stream)
    assert names.keep_alive == []
    assert not names.index_to_external_object_weakref
