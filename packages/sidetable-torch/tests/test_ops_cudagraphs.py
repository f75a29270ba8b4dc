"""CUDA graphs record no op that takes objects, unless it says that they may.

A replay runs what was recorded, with the object of the recorded call. No GPU is needed to see what
would be recorded: Inductor's partitioner is asked on a CPU, told that this is one.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch._inductor import config
from torch._inductor.scheduler import BaseSchedulerNode
from torch._inductor.utils import set_customized_partition_wrappers

import sidetable_torch
from sidetable_torch import Carried

INSIDE = []
"""Whether a partition ran, each time when one of the two ops did."""


class Running:
    """How many partitions run now."""

    partitions = 0


def scaled(x: Tensor, factor) -> Tensor:
    """What both ops do."""
    INSIDE.append(bool(Running.partitions))
    return x * factor[0]


def declared(name, **options):
    """An op of this name, with a fake implementation."""
    named = f"sidetable_tests::{name}"
    op = sidetable_torch.custom_op(named, objects=("factor",), mutates_args=(), **options)(scaled)
    op.register_fake(lambda x, _: torch.empty_like(x))
    return op


UNSAFE = declared("recorded_never")
SAFE = declared("recorded", cudagraph_safe=True)
TAGGED = declared("recorded_never_twice_tagged", tags=[torch.Tag.cudagraph_unsafe])


@pytest.fixture
def _partitions(monkeypatch):
    """Inductor splits graphs as for CUDA graphs, and says when a part of one runs."""

    def wrapper(partition, _metadata):
        def run(arguments):
            Running.partitions += 1
            try:
                return partition(arguments)
            finally:
                Running.partitions -= 1

        return run

    monkeypatch.setattr(BaseSchedulerNode, "is_gpu", lambda _: True)
    INSIDE.clear()
    set_customized_partition_wrappers(wrapper)
    with config.patch({"graph_partition": True, "fx_graph_cache": False}):
        yield
    set_customized_partition_wrappers(None)


@pytest.mark.parametrize(("op", "tagged"), [(UNSAFE, True), (SAFE, False), (TAGGED, True)])
def test_an_op_is_tagged_unless_it_says_that_it_is_safe(op, tagged):
    """PyTorch's own tag, which other compilers read as well."""
    assert (torch.Tag.cudagraph_unsafe in op.definition._opoverload.tags) is tagged


@pytest.mark.inductor
@pytest.mark.usefixtures("_partitions")
@pytest.mark.parametrize(("op", "inside"), [(UNSAFE, False), (SAFE, True)])
def test_inductor_leaves_an_op_out_of_what_it_records(op, inside):
    """What comes before the op and after it is recorded; the op only if it says so."""

    @torch.compile(fullgraph=True)
    def function(x, factor):
        return op(x + 1, factor) * 2

    for factor in (2.0, 3.0):
        assert function(torch.ones(2), Carried([factor])).tolist() == [4 * factor] * 2
    assert [inside] * 2 == INSIDE
