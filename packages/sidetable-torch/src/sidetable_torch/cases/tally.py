"""Counting what came out right, wrong, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast, final

import torch

from sidetable_source.errors import printable


@final
@dataclass(slots=True)
class Tally:
    """How often a case came out right, wrong, or raised.

    Attributes:
        right: How often the result was the expected one.
        wrong: How often it was another one, in silence.
        raised: How often there was an error instead.
        errors: One line for each kind of error.
    """

    right: int = 0
    wrong: int = 0
    raised: int = 0
    errors: set[str] = field(default_factory=set[str])

    @property
    def is_right(self) -> bool:
        """Whether everything was right, and there was something."""
        return bool(self.right) and not self.wrong and not self.raised

    def expect(self, expected: object, compute: Callable[[], object]) -> None:
        """Computes something, and counts what comes out.

        Args:
            expected: The right result; a tensor is right if all of its elements are this.
            compute: Computes it.
        """
        try:
            result = compute()
        except Exception as error:  # noqa: BLE001  # whatever PyTorch raises is what is counted
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
        """Counts it as right if an error of a kind comes out that says this."""

        def outcome() -> bool:
            try:
                compute()
            except kind as error:
                return text in str(error)
            return False

        self.expect(True, outcome)

    def count_error(self, error: Exception) -> None:
        """Counts an error that came out instead of a result."""
        self.raised += 1
        self.errors.add(printable(f"{type(error).__name__}: {error}"))

    def add(self, other: Tally) -> None:
        """Adds what was counted elsewhere."""
        self.right += other.right
        self.wrong += other.wrong
        self.raised += other.raised
        self.errors |= other.errors

    def __str__(self) -> str:
        """Returns the three numbers, those that are zero left out."""
        counts = {"right": self.right, "wrong": self.wrong, "raised": self.raised}
        return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing"
