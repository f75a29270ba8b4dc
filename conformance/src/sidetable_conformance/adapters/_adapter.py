"""A parent for adapters that do more than rename."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class Adapter:
    """Holds one table of somebody else's, and passes on what a child does not say anew.

    A child names what makes the tables, and is itself the target: a factory. It does so in the
    head of its class, as `table`: a class or a function without parameters. A grandchild has its
    parent's.

    Attributes:
        table: The table that is adapted.

    Example:
        >>> from types import SimpleNamespace
        >>> class Pool:
        ...     def put(self, objects): self.held = objects
        ...     def get(self, index): return self.held[index]
        >>> class PoolTable(Adapter, table=Pool):
        ...     def store(self, *objects): self.table.put(objects)
        >>> table = PoolTable()
        >>> table.store("a", "b")
        >>> table.get(1)
        'b'
    """

    # In a tuple, because a function that is a class's attribute would be given the adapter.
    _made_by: ClassVar[tuple[Callable[[], object], ...]] = ()
    table: Any  # whatever somebody else's table is

    def __init_subclass__(cls, table: Callable[[], object] | None = None) -> None:
        super().__init_subclass__()
        if table is not None:
            cls._made_by = (table,)

    def __init__(self) -> None:
        for make in self._made_by:
            self.table = make()

    def __getattr__(self, name: str) -> Any:  # whatever somebody else's table has
        if name == "table":  # it is only looked for here where there is none
            kind = type(self).__name__
            raise AttributeError(f"nothing makes its table: class {kind}(Adapter, table=...)")
        return getattr(self.table, name)
