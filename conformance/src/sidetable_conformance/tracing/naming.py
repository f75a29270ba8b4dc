"""What the objects of a trace are called."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Final

FEW: Final = 8
"""Up to this many objects have a letter each; more are the items of one list."""

MANY: Final = "objects"
"""What that list is called."""


def name_of(number: int, count: int) -> str:
    """Returns what one of so many objects is called.

    Example:
        >>> name_of(1, 2), name_of(1, 300)
        ('b', 'objects[1]')
    """
    return ascii_lowercase[number] if count <= FEW else f"{MANY}[{number}]"
