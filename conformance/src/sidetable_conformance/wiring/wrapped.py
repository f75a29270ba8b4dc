"""A wrapper around somebody's table, of which breaks are children."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.targets.table import ConstructFn, Constructor
from sidetable_source import Source


class Wrapped:
    """Passes every operation on to a table; a child does one of them wrong, on purpose.

    Its docstring says what, as a clause that follows "it was not noticed that".

    Args:
        table: The table of the target that is tried out.

    Attributes:
        operation: The operation that a child does wrong.
        caught_by: The requirement whose check has to notice.
        capability: What a target needs to be tried out with it, or "".
    """

    operation: ClassVar[str]
    caught_by: ClassVar[str]
    capability: ClassVar[str] = ""

    def __init__(self, table: Driver) -> None:
        self._table: Final = table

    @classmethod
    def fault(cls) -> str:
        """Returns what is done wrong, as a clause (its name under `python -OO`)."""
        return (cls.__doc__ or cls.__name__).removesuffix(".")

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        """Every constructor by its index."""
        return dict(self._table.constructors())

    def register_user_object(self, value: object, source: Source) -> int:
        """Registers a user object."""
        return self._table.register_user_object(value, source)

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Registers a graph-created object."""
        return self._table.register_graph_created_object(value, construct_fn)

    def has_user_objects(self) -> object:
        """Tells whether anything is registered."""
        return self._table.has_user_objects()

    def store(self, *objects: object) -> object:
        """Replaces the binding."""
        return self._table.store(*objects)

    def get(self, index: int) -> object:
        """Looks an index up."""
        return self._table.get(index)

    def set(self, index: int, value: object) -> None:
        """Replaces the object of one index."""
        self._table.set(index, value)

    def reset(self) -> None:
        """Makes the table as new."""
        self._table.reset()
