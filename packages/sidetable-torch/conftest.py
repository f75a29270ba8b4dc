"""Settings of every test, and what is not imported to look for examples."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# The same examples on every run; `.ci/deep` takes others each time.
settings.register_profile("usual", deadline=None, derandomize=True, database=None)
settings.register_profile("deep", deadline=None)
settings.load_profile(os.environ.get("SIDETABLE_EXAMPLES", "usual"))

collect_ignore = ["src/sidetable_torch/repaired.py"]  # importing it repairs the whole process


def pytest_configure(config: pytest.Config) -> None:
    """Let PyTorch warn, once for each process, that Python 3.13.0 is slower than 3.13.1."""
    config.addinivalue_line("filterwarnings", "ignore:Guards may run slower:RuntimeWarning")
