"""Correct tables, from which faulty ones are derived.

`CorrectTable` keeps every rule of profile core, `IsolatedTable` those of profile isolation too, and
`RobustTable` those of all three. Each is made by calling it with an edition, and is then a target.
"""

from typing import Final

from .core import CorrectTable as CorrectTable
from .core import Edition as Edition
from .isolated import IsolatedTable as IsolatedTable
from .robust import RobustTable as RobustTable

LADDER: Final[tuple[type[CorrectTable], ...]] = (CorrectTable, IsolatedTable, RobustTable)
"""Each keeps the profiles of those before it, and one more."""

__all__ = ["LADDER", "CorrectTable", "Edition", "IsolatedTable", "RobustTable"]
