"""Runs the conformance kit, and says at every requirement how far it is."""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sidetable_conformance import Requirement, Result, TargetError, requirements, run

from .failing import failure_of

EDITION: Final = "2026.11"
REFERENCE: Final = "sidetable_core:SideTable"


def judge(
    target: str, source: str, profile: str, watch: Callable[[int, int, str], None]
) -> dict[str, object]:
    """Returns the verdicts on a target as plain data.

    Args:
        target: `MODULE:ATTRIBUTE`.
        source: The text of that module, or "" for one that is installed.
        profile: The profiles, with commas between them.
        watch: What is called with the number of requirements done, of all, and the next one's id.
    """
    asked = [
        row
        for row in requirements()
        if row.profile in profile.split(",") and EDITION in row.editions
    ]
    done = iter(range(len(asked)))
    file = ""
    try:
        if source:
            file = _write(target.partition(":")[0], source)
        report = run(
            target,
            edition=EDITION,
            profile=profile,
            budget="quick",
            watch=lambda row: watch(next(done), len(asked), row.id),
        )
    except TargetError as error:
        return {"problem": str(error), "text": ""}
    except BaseException as error:  # noqa: BLE001   # the reader's module may raise anything
        failure = failure_of(error, (file,))
        return {"problem": f"{target} can not be imported.", "failure": asdict(failure)}
    return {
        "conformant": report.conformant,
        "summary": report.summary,
        "python": sys.version.split()[0],
        "notices": list(report.header.notices),
        "results": [_row(result) for result in report.results],
    }


def _write(module: str, source: str) -> str:
    """Makes a file of the reader's module and imports it anew."""
    if not module.isidentifier():
        raise TargetError(module, "the part before the colon has to be the name of a module")
    path = Path.cwd() / f"{module}.py"
    path.write_text(source, encoding="utf-8")
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    sys.modules.pop(module, None)
    linecache.checkcache(str(path))
    importlib.invalidate_caches()
    # Bytecode of an earlier text would be taken for this one's, where both are of one second.
    sys.dont_write_bytecode = True
    importlib.import_module(module)
    return str(path)


def _row(result: Result) -> dict[str, object]:
    asked: Requirement = result.requirement
    return {
        "id": result.id,
        "verdict": result.verdict.value,
        "level": asked.level,
        "profile": asked.profile,
        "sentence": asked.sentence(EDITION),
        "message": result.message,
        "when": result.when,
        "expected": result.expected,
        "seen": result.seen,
        "trace": list(result.trace),
        "script": result.script,
    }
