"""The repair, installed for one test; and PyTorch as it was, after each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from coverage.collector import Collector
from torch._dynamo import graph_bytecode_inputs
from torch._dynamo.eval_frame import skip_code

import sidetable_torch

HERE = Path(__file__).parent
EVIDENCE = HERE.parent / "evidence"

# Scripts, and no package: tests compile what the report compiles.
sys.path.insert(0, str(EVIDENCE))

# Coverage holds a lock while it calls these, where it has them: 7.17.5 calls the lock's own. A
# compiler that looked at them then would wait for its own lock, which another thread may have that
# waits for coverage's.
for name in ("lock_data", "unlock_data"):
    if function := vars(Collector).get(name):
        skip_code(function.__code__)


def pytest_collection_modifyitems(items):
    """PyTorch warns where it compiles, and would take a warning that raises for its own error."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(autouse=True)
def as_it_was():
    """Nothing is compiled, bound or installed before a test, nor after it."""
    assert not sidetable_torch.is_installed()
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
