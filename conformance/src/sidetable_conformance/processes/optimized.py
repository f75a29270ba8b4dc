"""Another interpreter, which leaves out every assert, or none where this one leaves them out."""

from __future__ import annotations

import base64
import json
import os
import pickle
import subprocess
import sys
from typing import Final

from sidetable_conformance.errors import NotTestable
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.targets.target import Target, open_target
from sidetable_source.errors import printable

from .provoking import errors_of

BOUND: Final = 120.0
"""After how many seconds the other interpreter counts as stuck."""

_BOOT: Final = (
    "import json, sys; asked = json.load(sys.stdin); sys.path[:] = asked['path'];"
    " from sidetable_conformance.processes import optimized; optimized.answer(asked)"
)


def errors_elsewhere(target: Target) -> dict[str, str]:
    """Returns what `errors_of` gives in an interpreter with the other setting.

    Raises:
        NotTestable: If the target can not be got at there.
    """
    asked = {
        "path": sys.path,
        "target": target.path,
        "pickled": "" if target.path else _pickled(target.given),
        "capabilities": sorted(target.capabilities),
    }
    flags = [] if sys.flags.optimize else ["-O"]
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONOPTIMIZE"}
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, and text of ours
            [sys.executable, *flags, "-c", _BOOT],
            input=json.dumps(asked),
            capture_output=True,
            encoding="utf-8",
            env=environment,
            timeout=BOUND,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotTestable(f"another interpreter: {describe_error(error)}") from error
    if done.returncode:
        last = printable(done.stderr.strip().rpartition("\n")[2], 200)
        raise NotTestable(f"python {' '.join(flags)} can not get at it: {last}")
    answered: dict[str, str] = json.loads(done.stdout.rpartition("\n")[2])
    return answered


def answer(asked: dict[str, str]) -> None:
    """Prints, in the other interpreter, what was asked for."""
    given = asked["target"] or pickle.loads(base64.b64decode(asked["pickled"]))  # noqa: S301
    target = open_target(given, capabilities=asked["capabilities"])
    sys.stdout.write("\n" + json.dumps(errors_of(target)))


def _pickled(given: object) -> str:
    try:
        return base64.b64encode(pickle.dumps(given)).decode("ascii")
    except Exception as error:  # whatever a stranger's object raises
        reason = "another process can not import it by a text, nor get it by a pickle"
        raise NotTestable(f"{reason}: {describe_error(error)}") from error
