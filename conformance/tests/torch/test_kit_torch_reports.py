"""The committed reports on PyTorch's table, as it comes and repaired, are still true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sidetable_conformance.results import Report, read_report

pytestmark = pytest.mark.torch

REPORTS = Path(__file__).resolve().parents[3] / "docs" / "reference" / "reports"
NAMES = ("pytorch-dynamo-2.13.json", "repaired-dynamo-2.13.json", "repaired-2026.11.json")


def read(path: Path) -> Report:
    """Returns the report in a file."""
    return read_report(path.read_text(encoding="utf-8"), path.name)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_still_true(name: str, tmp_path: Path) -> None:
    """The target gets the same verdicts today, in a process of its own."""
    committed = read(REPORTS / name)
    again = tmp_path / name
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sidetable_conformance", "run", committed.target),
            *(f"--edition={committed.edition}", f"--profile={committed.profile}"),
            *(
                f"--without={','.join(committed.header.without)}",
                "--budget=quick",
                f"--json={again}",
            ),
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert again.exists(), done.stderr
    now = {row.id: row.verdict for row in read(again).results}
    assert now == {row.id: row.verdict for row in committed.results}
