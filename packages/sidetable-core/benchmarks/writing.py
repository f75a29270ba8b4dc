"""Where the results go: figures as JSON, for each version of Python."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_MEASURED: Final = Path(__file__).parents[3] / "docs" / "explanation" / "measured"


def folder_argument(parser: argparse.ArgumentParser) -> None:
    """Lets a command be told where to write."""
    parser.add_argument("--folder", type=Path, default=_MEASURED, help="where to write the results")


def write(folder: Path, name: str, content: Mapping[str, object]) -> None:
    """Write figures under a name with the version of Python.

    Args:
        folder: Where to.
        name: What was measured.
        content: The figures. What they were measured on is added.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    measured_on = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "profile_guided": optimised,
        "machine": platform.machine(),
        "system": platform.system(),
    }
    text = json.dumps({"measured_on": measured_on, **content}, indent=1)
    path.with_name(path.name + ".json").write_text(text + "\n", encoding="utf-8")
