"""What the tests of the pages share."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(autouse=True)
def quick_collections():
    """Leaves what is older than a test out of its collections, which are most of its time."""
    gc.freeze()
