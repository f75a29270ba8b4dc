"""Gives tables other names for the same operations."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial, update_wrapper
from typing import Any, Final, TypeAlias, TypedDict, Unpack, final

Way: TypeAlias = str | Callable[..., Any] | None
"""How an operation goes: the name that the table has for it, a function that is called with the
table and then the operation's arguments, or None where there is no such operation."""


class Names(TypedDict, total=False):
    """How the operations go, and what the adapted table says about itself.

    An operation that is not named goes by its own name. `constructors` names an attribute; a
    function for it is called with the table alone.
    """

    register_user_object: Way
    register_graph_created_object: Way
    has_user_objects: Way
    store: Way
    get: Way
    set: Way
    reset: Way
    constructors: Way
    frame: Way
    entry: Way
    snapshot: Way
    resolve: Way
    capabilities: Collection[str]
    classify: Callable[[BaseException], str | None]
    collect: Callable[[], object]


_OPERATIONS: Final = (
    "register_user_object",
    "register_graph_created_object",
    "has_user_objects",
    "store",
    "get",
    "set",
    "reset",
    "constructors",
    "frame",
    "entry",
    "snapshot",
    "resolve",
)
_CLAIMS: Final = ("capabilities", "classify", "collect")


def adapt(factory: Callable[[], object], **names: Unpack[Names]) -> Callable[[], object]:
    """Returns a factory of the same tables under the names that the kit drives.

    Args:
        factory: What makes a table: a class or a function without parameters.
        **names: How its operations go, and what it says about itself, as `Names` says.

    Raises:
        TypeError: If there is no operation of a name, so that a slip of the pen is no operation
            that is quietly left as it was.

    Example:
        >>> class Pool:
        ...     def put(self, objects): self.held = objects
        ...     def peek(self, index): return self.held[index]
        >>> make = adapt(Pool, store=lambda pool, *objects: pool.put(objects), get="peek")
        >>> table = make()
        >>> table.store("a", "b")
        >>> table.get(1)
        'b'
    """
    if unknown := sorted(names.keys() - {*_OPERATIONS, *_CLAIMS}):
        raise TypeError(f"adapt() knows no {', '.join(unknown)}; it takes {', '.join(_OPERATIONS)}")

    def make() -> object:
        return _Renamed(factory(), names)

    # A report calls a live factory by its name, which has to be the one that people know.
    return update_wrapper(make, factory, assigned=("__module__", "__qualname__"), updated=())


@final
class _Renamed:
    """One table under the names that the kit drives; each is looked up when it is used."""

    __slots__ = ("_names", "_table")

    def __init__(self, table: object, names: Names) -> None:
        self._table: Final = table
        self._names: Final = names

    def __getattr__(self, name: str) -> Any:  # whatever the table has
        way: Any = self._names.get(name, name)  # see `Way`; what a claim may be, others look at
        if way is None:
            raise AttributeError(name)
        if name in _CLAIMS and name in self._names:
            return way
        if isinstance(way, str):
            return getattr(self._table, way)
        return way(self._table) if name == "constructors" else partial(way, self._table)
