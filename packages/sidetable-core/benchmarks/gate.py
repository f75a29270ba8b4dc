"""Holds what each operation costs, in instructions and as a ratio, to what it did.

The ratio is to what PyTorch's table takes; for importing, to as many modules with nothing in them.

Run by ``hatch run bench:gate``. Instructions are counted by valgrind's callgrind, so neither other
work nor the machine's speed can change the outcome. Exits with 1 when an operation costs more than
is recorded for this version of Python in ``gate.json``, and with 2 when nothing could be counted.
``--record`` records what was counted. Another build of the same version may count differently, by
the compiler's doing, so only the one that was recorded is held to a small margin.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from counting import LONG, SHORT, counted
from implementations import IMPLEMENTATIONS, NATIVE
from importing import EMPTY, OURS, imports
from loops import UNROLLED
from operations import BASELINE

_FOLDER: Final = Path(__file__).parent
_RECORDED: Final = _FOLDER / "gate.json"

VERSION: Final = f"{sys.version_info.major}.{sys.version_info.minor}"

_MARGIN: Final = 1.03
"""How many times the record an operation may cost. Two runs differ by less than a hundredth."""

_OTHER_BUILD: Final = 1.25
"""The same on another build than the recorded one. Two that were tried differ by a sixth."""

_PARTS: Final = 4
"""How many parts of the profile each loop makes: before it, short, between the two, long."""

_IMPORT_PARTS: Final = 2
"""How many an import makes: what comes before it, and the import itself."""

_EXCEEDED: Final = 1
_NOT_COUNTED: Final = 2


def main() -> int:
    """Counts, compares or records, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="bench:gate", description=__doc__)
    parser.add_argument("--record", action="store_true", help="record what is counted")
    recording = parser.parse_args().record
    valgrind = shutil.which("valgrind")
    if NATIVE not in IMPLEMENTATIONS:
        return _refuse("sidetable-native is not installed: run `hatch run bench:gate`")
    if valgrind is None:
        return _refuse("valgrind was not found: install it, for example `apt-get install valgrind`")
    records: dict[str, dict[str, Any]] = json.loads(_RECORDED.read_text(encoding="utf-8"))  # JSON
    if not recording and VERSION not in records:
        return _refuse(f"nothing is recorded for {VERSION}: run `hatch run bench:gate --record`")
    counts = count(valgrind)
    if not counts:
        return _refuse("valgrind did not count what it should have")
    ratios = {name: round(ours / baseline, 3) for name, (ours, baseline) in counts.items()}
    if recording:
        records[VERSION] = {"build": build(), "ratios": ratios}
        text = json.dumps(dict(sorted(records.items())), indent=2)
        _RECORDED.write_text(text + "\n", encoding="utf-8")
    record = records[VERSION]
    margin = _MARGIN if record["build"] == build() else _OTHER_BUILD
    return report(counts, ratios, record["ratios"], margin)


def build() -> str:
    """Returns what tells this build of Python from others of the same version."""
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    kind = "profile-guided" if optimised else "plain"
    return f"{platform.python_version()}, {platform.python_compiler()}, {kind}"


def count(valgrind: str) -> dict[str, tuple[float, float]]:
    """Returns the instructions of each operation, ours and the baseline's.

    Nothing, if a profile does not have the parts that it should.
    """
    names = [
        (operation.name, name) for operation in counted() for name in (*operation.ours, BASELINE)
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    totals = profiled(valgrind, [str(_FOLDER / "counting.py")], environment)
    if len(totals) != len(names) * _PARTS:
        return {}
    # A part is named after what ended it, so the second of four is the short loop.
    short, long = totals[1::_PARTS], totals[3::_PARTS]
    each = [(b - a) / (LONG - SHORT) / UNROLLED for a, b in zip(short, long, strict=True)]
    instructions = dict(zip(names, each, strict=True))
    counts = {
        f"{name}: {operation}": (ours, instructions[operation, BASELINE])
        for (operation, name), ours in instructions.items()
        if name != BASELINE
    }
    for implementation in IMPLEMENTATIONS:
        with imports(implementation) as both:
            parts = {
                name: profiled(valgrind, one.arguments, one.environment)
                for name, one in both.items()
            }
        if any(len(totals) != _IMPORT_PARTS for totals in parts.values()):
            return {}
        counts[f"{implementation}: {OURS}, to {EMPTY}"] = (parts[OURS][-1], parts[EMPTY][-1])
    return dict(sorted(counts.items(), key=lambda item: item[0].startswith(NATIVE)))


def profiled(
    valgrind: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> Sequence[int]:
    """Returns the instructions of each part of what Python runs; none when it fails.

    A part ends where the process asks for its parent.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [
            valgrind,
            "--tool=callgrind",
            "--dump-before=getppid",
            "--dump-before=__getppid",
            f"--callgrind-out-file={Path(folder, 'profile')}",
            sys.executable,
            *arguments,
        ]
        done = subprocess.run(
            command,
            env={**environment, "PYTHONHASHSEED": "0"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return []
        parts = sorted(Path(folder).glob("profile.*"), key=lambda path: int(path.suffix[1:]))
        return [total_of(part) for part in parts]


def total_of(part: Path) -> int:
    """Returns how many instructions a part of a profile counts."""
    match = re.search(r"^summary: (\d+)$", part.read_text(encoding="utf-8"), re.MULTILINE)
    return int(match[1]) if match else 0


def report(
    counts: dict[str, tuple[float, float]],
    ratios: dict[str, float],
    recorded: dict[str, float],
    margin: float,
) -> int:
    """Prints a line for each operation, and returns the exit status."""
    print(f"Instructions for each operation, on {build()}; at most {margin} times the record")
    print(f"{'':50}{'ours':>9}{'baseline':>9}{'ratio':>8}{'record':>8}")
    status = 0
    for name, (ours, baseline) in counts.items():
        known = recorded.get(name, 0.0)
        verdict = ""
        if not known:
            verdict, status = "  not recorded", _EXCEEDED
        elif ratios[name] > known * margin:
            verdict, status = "  EXCEEDED", _EXCEEDED
        print(f"{name:50}{ours:9.0f}{baseline:9.0f}{ratios[name]:8.3f}{known:8.3f}{verdict}")
    return status


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return _NOT_COUNTED


if __name__ == "__main__":
    sys.exit(main())
