"""The repair, installed for one test; and PyTorch as it was, after each."""

from __future__ import annotations

import pytest
import torch
from torch._dynamo import graph_bytecode_inputs

import sidetable_torch


@pytest.fixture(autouse=True)
def as_it_was():
    """Nothing is compiled, bound or installed before a test, nor after it."""
    torch.compiler.reset()
    graph_bytecode_inputs.reset_user_object_tracking()
    yield
    sidetable_torch.uninstall()
    graph_bytecode_inputs.reset_user_object_tracking()


@pytest.fixture
def names():
    """PyTorch's names, repaired."""
    with sidetable_torch.install():
        yield graph_bytecode_inputs
