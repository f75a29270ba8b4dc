"""One case: a name, what runs it, and the backends that it runs on."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, final

import torch

from sidetable_torch.installing import install

from .tally import Tally

BACKENDS: Final = ("eager", "aot_eager", "inductor")
"""The backends that a case runs on, unless PyTorch refuses it there."""

NO_LEAF: Final = MappingProxyType({"inductor": "inductor takes no leaf function"})
"""Why a case with a leaf function, or with what stands for one, does not run on Inductor."""

NO_BACKEND: Final = "none"
"""Stands for the backend of a case that compiles nothing."""


@final
@dataclass(frozen=True, slots=True)
class Case:
    """A way of calling compiled functions.

    Attributes:
        name: What it does, for people.
        run: Runs it on a backend, and counts.
        backends: The backends that it is meant for.
        refused: Why PyTorch can not do it on some of them.
    """

    name: str
    run: Callable[[str, Tally], None]
    backends: tuple[str, ...] = BACKENDS
    refused: Mapping[str, str] = field(default_factory=lambda: NO_LEAF)

    def count(self, backend: str, *, repaired: bool) -> Tally:
        """Runs the case with nothing compiled before, and returns what came out.

        Args:
            backend: The backend.
            repaired: Whether to install the repair for it.
        """
        tally = Tally()
        with install() if repaired else contextlib.nullcontext(), _quiet():
            torch.compiler.reset()
            try:
                self.run(backend, tally)
            except Exception as error:  # noqa: BLE001  # whatever PyTorch raises is counted
                tally.count_error(error)
        return tally


def never(_backend: str, _tally: Tally) -> None:  # pragma: no cover  # so it is never called
    """Stands for the run of a case that PyTorch refuses on every backend: its row says why."""
    raise NotImplementedError


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Leaves out what PyTorch warns of and logs: how often something failed is what is shown."""
    found = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(found)
