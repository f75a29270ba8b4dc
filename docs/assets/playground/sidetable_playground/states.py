"""What can be seen of all tables at one moment, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

UNKNOWN: Final = 0
"""The number of a dead object that was never seen alive."""


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One index of a table.

    Attributes:
        index: The index.
        source: Its source or construct function, or "" where it is not registered.
        kind: The class of the object that was registered.
        life: What `describe` says of the registered object.
        registered: The number of that object, or None.
        bound: The number of the object that the index means now; None where it is not bound.
        means: What `describe` says of that.
    """

    index: int
    source: str
    kind: str
    life: str
    registered: int | None
    bound: int | None
    means: str


@final
@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        number: What tells it from others.
        name: What it is called.
        edition: Its edition.
        rows: Its first indices.
        more: How many indices it has besides.
        text: What `describe` says of them.
    """

    number: int
    name: str
    edition: str
    rows: tuple[Row, ...]
    more: int
    text: str


@final
@dataclass(frozen=True, slots=True)
class Layer:
    """What is bound for a while: by a frame or by the call of an entry function.

    Attributes:
        kind: `frame`, `entry`, or `found` for what was bound before the first of them.
        number: What tells it from others of its kind.
        name: The entry function's name, or "".
        table: The number of the table.
        binds: Pairs of an index and an object's number.
    """

    kind: str
    number: int
    name: str
    table: int
    binds: tuple[tuple[int, int], ...]


@final
@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot, or a frame that was made and is not open: what it holds."""

    kind: str
    number: int
    holds: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the reader's: its class, its own name, its life, and who holds it."""

    number: int
    kind: str
    name: str
    life: str
    holders: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class State:
    """Everything at one moment."""

    tables: tuple[Table, ...] = ()
    layers: tuple[Layer, ...] = ()
    kept: tuple[Kept, ...] = ()
    things: tuple[Thing, ...] = ()

    def in_tables(self) -> set[int]:
        """Returns the numbers of the objects that have to do with a table."""
        numbers: set[int | None] = set()
        for table in self.tables:
            for row in table.rows:
                numbers |= {row.registered, row.bound}
        for layer in self.layers:
            numbers |= {number for _, number in layer.binds}
        for kept in self.kept:
            numbers |= set(kept.holds)
        return {number for number in numbers if number}
