"""A pytest plugin under which every test runs at another moment of the collector and of threads.

Run by `.ci/deep`. A test that is red with some seed, and green without the plugin, depends on when
the collector comes or when threads switch:

    PYTHONPATH=.ci PYTEST_ADDOPTS="-p perturb --perturb=7" hatch test
"""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Iterator
from typing import Final

import pytest

THRESHOLDS: Final = (40, 120, 333, 700, 1_500, 5_000)
OLDER: Final = (2, 10)
INTERVALS: Final = (1e-6, 1e-4, 5e-3, 5e-2)
MOST_GARBAGE: Final = 700


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the seed."""
    parser.addoption("--perturb", type=int, default=0, metavar="SEED", help="which moments to try")


def pytest_report_header(config: pytest.Config) -> str:
    """Says how to repeat the run."""
    return f"perturbed by seed {config.getoption('perturb')}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Chooses by the seed and the test's name, and puts back what was set before."""
    chosen = random.Random(f"{item.config.getoption('perturb')} {item.nodeid}")  # noqa: S311
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    older = (chosen.choice(OLDER), chosen.choice(OLDER))
    gc.set_threshold(chosen.choice(THRESHOLDS), *older)
    sys.setswitchinterval(chosen.choice(INTERVALS))
    garbage = [[number] for number in range(chosen.randrange(MOST_GARBAGE))]
    try:
        return (yield)
    finally:
        del garbage
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)
