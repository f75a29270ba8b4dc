"""The module whose functions are shipped, found by every worker, and the engines that run them."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "workplace"


@pytest.fixture(autouse=True, scope="session")
def workplace():
    """Lets this process and all that it starts import what lies in the folder."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(FOLDER), *([before] if before else [])])
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("shop")
    sys.path.remove(str(FOLDER))
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture
def shop(workplace, tmp_path, monkeypatch):
    """The module, and a file in which it notes what is made and closed."""
    monkeypatch.setenv("SHOP_LOG", str(tmp_path / "log"))
    workplace.ledger().write_text("")
    return workplace


@pytest.fixture
def pool(shop):
    """A process pool of two workers, started anew."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        yield executor
