"""A case, and what is counted when it runs."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, cast, final

import torch

import sidetable_torch
from sidetable_source.errors import printable

BACKENDS: Final = ("eager", "aot_eager", "inductor")
"""The backends that a case runs on, unless PyTorch cannot do it there."""

NO_LEAF: Final = MappingProxyType({"inductor": "inductor takes no leaf function"})
"""Why a case with a leaf function does not run on Inductor."""

NO_BACKEND: Final = "none"
"""The backend of a case that compiles nothing."""


@final
@dataclass(slots=True)
class Tally:
    """How often a case came out right, refused, wrong, or raised.

    Attributes:
        right: How often the result was the expected one.
        refused: How often there was an error that the case takes for right.
        wrong: How often the result was another one, with no error.
        raised: How often there was any other error.
        errors: One line for each kind of error counted in `raised`.
    """

    right: int = 0
    refused: int = 0
    wrong: int = 0
    raised: int = 0
    errors: set[str] = field(default_factory=set[str])

    @property
    def is_right(self) -> bool:
        """Whether something was counted, and nothing of it was wrong or raised."""
        return bool(self.right or self.refused) and not self.wrong and not self.raised

    @property
    def word(self) -> str:
        """The worst that was counted: a wrong result that nothing tells is worse than an error."""
        words = ("wrong", "raised", "refused", "right")
        return next((word for word in words if getattr(self, word)), "nothing")

    @property
    def counts(self) -> dict[str, int]:
        """The numbers that are not zero, by their names."""
        numbers = {name: getattr(self, name) for name in ("right", "refused", "wrong", "raised")}
        return {name: number for name, number in numbers.items() if number}

    def __str__(self) -> str:
        """Return the numbers that are not zero."""
        return ", ".join(f"{number} {name}" for name, number in self.counts.items()) or "nothing"

    def expect(
        self,
        expected: object,
        compute: Callable[[], object],
        *,
        refusal: tuple[type[Exception], str] | None = None,
    ) -> None:
        """Compute something, and count what comes out.

        Args:
            expected: The right result; a tensor is right if all of its elements are this.
            compute: Computes it.
            refusal: An error that is right as well: its type, and what it says.
        """
        try:
            result = compute()
        except Exception as error:  # noqa: BLE001  # whatever PyTorch raises is counted
            if refusal and isinstance(error, refusal[0]) and refusal[1] in str(error):
                self.refused += 1
            else:
                self.count_error(error)
            return
        if isinstance(result, torch.Tensor):
            is_right = bool(torch.eq(result, cast("float", expected)).all())
        else:
            is_right = result == expected
        if is_right:
            self.right += 1
        else:
            self.wrong += 1

    def expect_error(
        self, kind: type[Exception], compute: Callable[[], object], text: str = ""
    ) -> None:
        """Count it as right if an error of this kind comes out that says this."""

        def outcome() -> bool:
            try:
                compute()
            except kind as error:
                return text in str(error)
            return False

        self.expect(True, outcome)

    def count_error(self, error: Exception) -> None:
        """Count an error that came out instead of a result."""
        self.raised += 1
        self.errors.add(printable(f"{type(error).__name__}: {error}"))

    def add(self, other: Tally) -> None:
        """Add what was counted elsewhere."""
        self.right += other.right
        self.refused += other.refused
        self.wrong += other.wrong
        self.raised += other.raised
        self.errors |= other.errors


@final
@dataclass(frozen=True, slots=True)
class Case:
    """A way of calling compiled functions.

    Attributes:
        name: What it does, for people.
        run: Runs it on a backend, and counts.
        backends: The backends that it is meant for.
        impossible: Why PyTorch cannot do it on some of them.
    """

    name: str
    run: Callable[[str, Tally], None]
    backends: tuple[str, ...] = BACKENDS
    impossible: Mapping[str, str] = field(default_factory=lambda: NO_LEAF)

    def count(self, backend: str, *, repaired: bool) -> Tally:
        """Run the case with nothing compiled before, and return what came out.

        Args:
            backend: The backend.
            repaired: Whether to install the repair for it.
        """
        tally = Tally()
        with sidetable_torch.install() if repaired else contextlib.nullcontext(), _quiet():
            torch.compiler.reset()
            try:
                self.run(backend, tally)
            except Exception as error:  # noqa: BLE001  # whatever PyTorch raises is counted
                tally.count_error(error)
        return tally


def never(_backend: str, _tally: Tally) -> None:
    """Stand for a case that PyTorch cannot do on any backend: its row says why."""
    raise NotImplementedError


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Hide PyTorch's warnings and logs: the tally shows how often something failed."""
    found = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(found)
