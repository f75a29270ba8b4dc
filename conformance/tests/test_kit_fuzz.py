"""Whatever the command line and its files say, it answers with a status, and executes nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidetable_conformance.cli import main
from sidetable_conformance.objects import PAYLOAD, canary

pytestmark = pytest.mark.slow

# Without a deadline, because a property holds or does not, however busy the machine is. The same
# examples on every run; `.ci/deep` takes others each time, and ten times as many.
settings.register_profile("usual", deadline=None, derandomize=True, database=None)
settings.register_profile("deep", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("SIDETABLE_EXAMPLES", "usual"))

FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
STATUSES = range(4)  # 4 is a fault of the kit itself

# No text here means a target that there is: what a run does is tested elsewhere.
HOSTILE = st.one_of(
    st.sampled_from(
        [
            PAYLOAD,
            f"os:{PAYLOAD}",
            f"json:dumps.{PAYLOAD}",
            "no_such_module:Table",
            "json",
            "json:",
            ":",
            "a b",
            "--",
            "-",
            "-x",
            "--json",
            "--edition",
            "--profile=robust,",
            "--without=threads",
            "\0",
            "\ud800",
            "é" * 300,
            "store.failure",
            "store.nothing",
            ".",
            "..",
            "/",
            "report.json",
            "[link=x]",
            "%s{0}",
        ]
    ),
    st.text(max_size=8),
)
COMMANDS = st.sampled_from(
    ["run", "list", "explain", "trace", "replay", "smoke", "baseline", "verify", "diff", "matrix"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["schema", "results", "header", "footer", "id", "target", "edition"])
            | HOSTILE,
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.fixture(autouse=True)
def nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Works in an empty folder, and listens to the canary."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with canary() as bird:
        yield
    assert bird.songs == 0


def status_of(*arguments: str) -> object:
    """Returns the status of the command line, however it ends."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return ended.code


@FUZZ
@given(COMMANDS, st.lists(HOSTILE, max_size=4))
def test_every_command_line_has_a_status(command: str, arguments: list[str]) -> None:
    """Also one that means nothing, or names what cannot be."""
    assert status_of(command, *arguments) in STATUSES


@FUZZ
@given(st.sampled_from(["trace", "verify", "matrix"]), st.text(max_size=60))
def test_a_file_of_any_text_is_refused_or_read(command: str, text: str) -> None:
    """What is not a report is said to be none."""
    Path("report.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    assert status_of(command, "report.json") in STATUSES


@FUZZ
@given(st.sampled_from(["trace", "verify", "matrix", "diff"]), VALUES)
def test_a_report_of_anything_is_refused_or_read(command: str, value: object) -> None:
    """JSON with everything in it but a report."""
    Path("report.json").write_text(json.dumps(value), encoding="utf-8")
    names = ["report.json"] * (2 if command == "diff" else 1)
    assert status_of(command, *names) in STATUSES


@FUZZ
@given(st.binary(max_size=40))
def test_a_file_of_any_bytes_is_refused_or_read(content: bytes) -> None:
    """Not even text."""
    Path("known.toml").write_bytes(content)
    assert status_of("run", "json", "--known", "known.toml") == 2
    assert status_of("trace", "known.toml") in STATUSES
