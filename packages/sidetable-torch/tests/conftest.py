"""The repair, installed for one test; and PyTorch as it was, after each."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch._dynamo import graph_bytecode_inputs

import sidetable_torch

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """PyTorch warns where it compiles, and would take a warning that raises for its own error."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("ignore"))


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
