"""The implementations of core that are compared: in Python, and in C where that is installed."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Final

NATIVE: Final = "native"
PYTHON: Final = "python"


def loaded(pure: str) -> ModuleType:
    """Returns a `sidetable_core` with modules of its own."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "sidetable_core"]:
        del sys.modules[name]
    before = os.environ.get("SIDETABLE_PURE")
    os.environ["SIDETABLE_PURE"] = pure
    try:
        return importlib.import_module("sidetable_core")
    finally:
        del os.environ["SIDETABLE_PURE"]
        if before is not None:
            os.environ["SIDETABLE_PURE"] = before


def _implementations() -> Mapping[str, ModuleType]:
    found = {core.implementation: core for core in (loaded("1"), loaded(""))}
    return {name: found[name] for name in (PYTHON, NATIVE) if name in found}


IMPLEMENTATIONS: Final = _implementations()
"""Each by its name; both in one process, so that they can be raced and counted together."""
