"""Settings of every test, and PyTorch's names on a table that is empty again afterwards."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from sidetable_core import dynamo

# Without a deadline, because a property holds or does not, however busy the machine is. The same
# examples on every run; `.ci/deep` takes others each time, and ten times as many.
settings.register_profile("usual", deadline=None, derandomize=True, database=None)
settings.register_profile("deep", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("SIDETABLE_EXAMPLES", "usual"))


@pytest.fixture(autouse=True, scope="module")
def quick_collections():
    """Leaves what is older than the tests out of their collections, which are most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def names():
    """PyTorch's names, on their one table, which is left as it was found: empty."""
    dynamo.reset_user_object_tracking()
    yield dynamo
    dynamo.reset_user_object_tracking()
    assert not dynamo.has_user_objects()
    assert not dynamo.index_to_external_object_weakref
