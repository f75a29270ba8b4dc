"""What an implementation offers, as the kit sees it: the names of `SideTable`.

A target may have these names or PyTorch's. These protocols say what a name does; the
requirements say how well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from sidetable_source import Codegen, Source

Constructor: TypeAlias = Callable[[Codegen], None]
"""Writes, into a codegen, the code that puts one index's object on the stack."""

ConstructFn: TypeAlias = Callable[[int, Codegen], None]
"""The same for a graph-created object, whose index is only known once it is registered."""


class Table(Protocol):
    """A side table: from small indices to live objects.

    In profile core the kit calls one method at a time, from one thread. In every profile it drops
    each object and each table that it got.

    Example:
        >>> def is_table(table: Table) -> Table: ...
    """

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        """Every index's constructor in index order; a sequence of them will do as well."""
        ...

    def register_user_object(self, value: object, source: Source) -> int:
        """Gives an object from outside the graph the next index."""
        ...

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        """Gives an object that the graph makes the next index, and keeps the example alive."""
        ...

    def has_user_objects(self) -> bool:
        """Tells whether anything is registered, of either kind."""
        ...

    def store(self, *objects: object) -> None:
        """Replaces the whole binding: the n-th object is found at index n."""
        ...

    def get(self, index: int) -> object:
        """Returns the object that an index means now, or raises."""
        ...

    def reset(self) -> None:
        """Makes the table as new."""
        ...


class Finder(Protocol):
    """What looks an index up: a table, or what lookups gave elsewhere.

    Example:
        >>> def first(finder: Finder) -> object:
        ...     return finder.get(0)
    """

    def get(self, index: int, /) -> object:
        """Returns the object that an index means, or raises."""
        ...


class SettableTable(Table, Protocol):
    """A table that can replace one index's object; the capability `set`."""

    def set(self, index: int, value: object) -> None:
        """Binds one index to another object, and keeps that object alive."""
        ...
