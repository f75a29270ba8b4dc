"""One case: a name, what runs it, and the backends that it runs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from .tally import Tally

PYTHON: Final = ("eager", "aot_eager")
"""The backends that take leaf functions. Inductor of PyTorch 2.13 refuses a graph with one."""

EVERY: Final = (*PYTHON, "inductor")
"""All backends."""


@final
@dataclass(frozen=True, slots=True)
class Case:
    """A way of calling compiled functions.

    Attributes:
        name: What it does, for people.
        run: Runs it on a backend, and counts.
        backends: The backends that PyTorch supports it on.
        unsupported: Why PyTorch can not do it at all here, "" if it can.
    """

    name: str
    run: Callable[[str, Tally], None]
    backends: tuple[str, ...] = PYTHON
    unsupported: str = ""
