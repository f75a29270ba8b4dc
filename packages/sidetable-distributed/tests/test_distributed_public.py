"""The public face: which names there are, where they say they are from, what they promise."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

import pytest

import sidetable_distributed
from sidetable_distributed import MissingOnWorkerError, ShipError, UnhealthyObjectError
from sidetable_source import SideTableError, errors

PACKAGE = Path(__file__).parents[1]
ERRORS = {
    ShipError("count", [("db", "it is live")]): ("ST601", ValueError),
    MissingOnWorkerError("count", [("db", "gone")], "process 1"): ("ST602", LookupError),
    UnhealthyObjectError("db", "app:connect()", "no"): ("ST603", RuntimeError),
}


def test_all_names():
    """The package exports these names and no others, each from itself."""
    assert sidetable_distributed.__all__ == [
        "CapturedGraph",
        "Job",
        "MissingOnWorkerError",
        "Provider",
        "ShipError",
        "UnhealthyObjectError",
        "ship",
    ]
    for name in sidetable_distributed.__all__:
        assert getattr(sidetable_distributed, name).__module__ == "sidetable_distributed"


def test_version():
    """The version in the code is that of the distribution."""
    assert sidetable_distributed.__version__ == version("sidetable-distributed")


def test_it_needs_nothing_but_core():
    """Engines are extras, and none is imported before it is used."""
    needed = [text for text in requires("sidetable-distributed") if "extra ==" not in text]
    assert [re.split(r"[<>=]", text)[0] for text in needed] == ["sidetable-core"]
    code = (
        "import sys, sidetable_distributed; print({'dask', 'distributed', 'loky'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_have_codes_of_their_own_and_pickle(error):
    """Each is also a child of a builtin one, and keeps its facts on its way between processes."""
    code, builtin = ERRORS[error]
    assert isinstance(error, SideTableError)
    assert isinstance(error, builtin)
    assert str(error).startswith(f"[{code}] ")
    assert error.code == code
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), vars(copied)) == (str(error), vars(error))
    others = vars(errors).values()
    assert code not in [getattr(other, "code", None) for other in others]


def test_exactly_once_is_not_promised():
    """The package's own documentation says so, and its README before the first example."""
    assert "Exactly-once is not promised" in sidetable_distributed.__doc__
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert "does not promise exactly-once" in readme.partition("```")[0]
