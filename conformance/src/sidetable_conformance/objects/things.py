"""The plain object that checks put into tables."""

from __future__ import annotations

from typing import final


@final
class Thing:
    """An object with a label, so that a report can say which one was seen.

    It can be weakly referenced, is equal only to itself, and is small.

    Attributes:
        label: What it is called in messages.
    """

    def __init__(self, label: str) -> None:
        self.label = label


def things(count: int, prefix: str = "") -> list[Thing]:
    """Returns this many new things, labelled from 0.

    Args:
        count: How many.
        prefix: What stands before the number in each label.

    Example:
        >>> [thing.label for thing in things(3, prefix="old ")]
        ['old 0', 'old 1', 'old 2']
    """
    return [Thing(f"{prefix}{number}") for number in range(count)]
