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
from sidetable_conformance.output.wording import conclusion

from .failing import failure_of

EDITION: Final = "2026.11"


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
    path = Path.cwd() / f"{target.partition(':')[0]}.py"
    try:
        if source:
            _import_anew(path, source)
        report = run(
            target,
            edition=EDITION,
            profile=profile,
            budget="quick",
            watch=lambda row: watch(next(done), len(asked), row.id),
        )
    except TargetError as error:
        return {"problem": str(error)}
    except BaseException as error:  # noqa: BLE001  # the reader's module may raise anything
        failure = failure_of(error, (str(path),))
        return {"problem": f"{target} cannot be imported.", "failure": asdict(failure)}
    return {
        "conformant": report.conformant,
        "conclusion": conclusion(report),
        "summary": report.summary,
        "python": sys.version.split()[0],
        "results": [_row(result) for result in report.results],
    }


def _import_anew(path: Path, source: str) -> None:
    """Makes a file of the reader's module, and imports it whatever was imported before."""
    if not path.stem.isidentifier():
        raise TargetError(path.stem, "a target is the name of a module, a colon, and a name in it")
    path.write_text(source, encoding="utf-8")
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    sys.modules.pop(path.stem, None)
    linecache.checkcache(str(path))
    importlib.invalidate_caches()
    # Bytecode of an earlier text would be taken for this one's, where both are of one second.
    sys.dont_write_bytecode = True
    importlib.import_module(path.stem)


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
        "script": result.script,
    }
