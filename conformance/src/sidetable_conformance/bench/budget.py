"""How much is tried of what has no natural end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final


@final
@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried.

    Attributes:
        tables: How many tables the state machine drives.
        schedules: By how many schedules each case of two threads is run, at most.
    """

    tables: int
    schedules: int


BUDGETS: Final[Mapping[str, Budget]] = MappingProxyType(
    {
        "none": Budget(0, 60),
        "quick": Budget(25, 100),
        "normal": Budget(100, 300),
        "deep": Budget(1_000, 20_000),
    }
)
"""Every budget by its name, the smallest first."""


def budget_of(name: str) -> Budget:
    """Returns a budget by its name.

    Raises:
        ValueError: If there is no such budget.

    Example:
        >>> budget_of("quick").tables
        25
    """
    if name not in BUDGETS:
        raise ValueError(f"there is no budget {name!r}; choose from {', '.join(BUDGETS)}")
    return BUDGETS[name]
