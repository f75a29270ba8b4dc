"""Settings of every test, and core with its functions in Python, beside the native one."""

from __future__ import annotations

import importlib
import os
import sys

import pytest
from hypothesis import settings

import sidetable_core

# As in core's tests; `.ci/deep` runs 10**6 steps of the two side by side.
settings.register_profile("usual", deadline=None, derandomize=True, database=None, max_examples=60)
settings.register_profile("deep", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("SIDETABLE_EXAMPLES", "usual"))


@pytest.fixture(autouse=True, scope="session")
def native():
    """Fails where the tests would try the functions in Python."""
    assert sidetable_core.implementation == "native"


@pytest.fixture(scope="session")
def pure():
    """A second `sidetable_core`, with all modules of its own, which runs in Python."""
    found = [name for name in sys.modules if name.partition(".")[0] == "sidetable_core"]
    native = {name: sys.modules.pop(name) for name in found}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIDETABLE_PURE", "1")
        core = importlib.import_module("sidetable_core")
    for name in [name for name in sys.modules if name.partition(".")[0] == "sidetable_core"]:
        del sys.modules[name]
    sys.modules.update(native)
    assert core.implementation == "python"
    return core
