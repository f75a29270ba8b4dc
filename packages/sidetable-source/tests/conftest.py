"""Settings that hold for every test of this distribution."""

from __future__ import annotations

import os

from hypothesis import settings

# Without a deadline, because a property holds or does not, however busy the machine is. The same
# examples on every run; `.ci/deep` takes others each time, and ten times as many.
settings.register_profile("usual", deadline=None, derandomize=True, database=None)
settings.register_profile("deep", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("SIDETABLE_EXAMPLES", "usual"))
