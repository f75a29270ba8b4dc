"""The rows of one table, from its own description."""

from __future__ import annotations

import re
from typing import Final, final

from sidetable_core import SideTable
from sidetable_source import SideTableError

from .identities import Identities
from .states import UNKNOWN, Row, Table

_HEADING: Final = re.compile(r"table (?P<name>.*), edition (?P<edition>\S+): ")
MOST: Final = 40
"""How many rows of a table are looked at; a picture of more would be none."""
_CELLS: Final = 6
"""How many cells the row of a registered index has."""


@final
class Rows:
    """Reads tables, and remembers by number which object an index was registered with.

    Args:
        objects: What gives objects their numbers.
    """

    def __init__(self, objects: Identities) -> None:
        self._objects: Final = objects
        self._registered: Final[dict[tuple[int, int], int | None]] = {}
        self._bound: Final[dict[tuple[int, int, int], int | None]] = {}
        self._depth = 0

    def read(self, table: SideTable, number: int, depth: int) -> Table:
        """Returns what `describe` says of a table, and which objects it means.

        Args:
            table: The table.
            number: Its number.
            depth: How many frames and calls of entry functions are open.
        """
        self._depth = depth
        first, *lines = table.describe().splitlines()
        more = max(len(lines) - MOST, 0)
        del lines[MOST:]
        text = "\n".join([first, *lines, *([f"... and {more} more"] if more else [])])
        heading = _HEADING.match(first)
        rows = tuple(self._row(table, number, line) for line in lines)
        for key in tuple(self._registered):
            if key[0] == number and (key[1] >= len(rows) or not rows[key[1]].source):
                del self._registered[key]  # reset ends every registration
        name, edition = heading.groups() if heading else (table.name, table.edition)
        return Table(number, name, edition, rows, more, text)

    def _row(self, table: SideTable, number: int, line: str) -> Row:
        cells = re.split(r" {2,}", line.strip())
        index = int(cells[0])
        if len(cells) < _CELLS:
            source, kind, life, means = "", "", "", cells[-1]
        else:
            # A source can hold two spaces itself, so the other cells are counted from the end.
            source, (kind, life, means) = "  ".join(cells[1:-4]), cells[-4:-1]
        bound = self._meaning(table, number, index, means)
        key = number, index
        if source and key not in self._registered:
            # Registering binds the object where it is done, so this is the one.
            self._registered[key] = bound
        registered = self._registered.get(key) if source else None
        return Row(index, source, kind, life, registered, bound, means)

    def _meaning(self, table: SideTable, number: int, index: int, means: str) -> int | None:
        # Leaving a frame binds again what was bound at the same depth before.
        key = number, index, self._depth
        before = self._bound.get(key)
        if means == "not bound":
            bound = None
        elif means.endswith("dead object"):
            # Which one it was is known only where it was seen before it died.
            bound = before if before and self._objects.life(before) == "dead" else UNKNOWN
        else:
            try:
                bound = self._objects.number_of(table.get(index))
            except SideTableError:
                bound = None
        self._bound[key] = bound
        return bound
