"""What the tests of the pages share."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(autouse=True, scope="module")
def quick_collections():
    """Leaves what is older than the tests out of their collections, which are most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
