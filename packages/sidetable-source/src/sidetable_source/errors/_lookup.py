"""ST3xx: an index that finds no object.

Each is a child of `AssertionError` too, because callers of PyTorch's table catch that. They are
raised by `raise`, so they survive `python -O`.
"""

from __future__ import annotations

from typing import ClassVar, Final

from ._error import SideTableError
from ._text import printable

_WHY_NO_BINDING: Final = (
    "A binding belongs to the context that made it, and a new thread starts without one"
)

_HOW_TO_CARRY_OVER: Final = (
    "Or carry a binding over from where there is one: enter its snapshot() here, resolve() the "
    "handle of its frame, or run this code in a copy of that context"
)


class IndexNotRegisteredError(SideTableError, LookupError, AssertionError):
    """An index is looked up that the table never gave a meaning.

    Args:
        index: The index.
        table: The table's display name.
        registered: How many indices the table has registered.
        bound: How many are bound in this context.

    Example:
        >>> print(IndexNotRegisteredError(7, "streams", registered=2))
        [ST301] Index 7 of table streams was never registered or bound. The table has 2 \
registered and 0 bound indices, counted from 0. Register the object, or bind enough objects with \
store() or a frame.
    """

    code: ClassVar[str] = "ST301"

    def __init__(self, index: int, table: str, registered: int = 0, bound: int = 0) -> None:
        super().__init__(index, table, registered, bound)
        self.index = index
        self.table = table
        self.registered = registered
        self.bound = bound

    def _sentences(self) -> tuple[str, ...]:
        index, table = printable(self.index), printable(self.table)
        registered, bound = printable(self.registered), printable(self.bound)
        return (
            f"Index {index} of table {table} was never registered or bound",
            f"The table has {registered} registered and {bound} bound indices, counted from 0",
            "Register the object, or bind enough objects with store() or a frame",
        )


class NoBindingError(SideTableError, LookupError, AssertionError):
    """A context looks an index up, or asks for its binding, and has none.

    Args:
        table: The table's display name.
        index: The index that was looked up, where there is one.
        source: The name of the source that the index was registered with.
        reason: Why this context has no binding, where more is known than that.
        site: The file and line where the index was registered.
        kind: What the index was registered as.

    Example:
        >>> print(NoBindingError("streams", 0, "self.stream"))
        [ST302] Table streams binds nothing to index 0 (from self.stream) in this context. \
A binding belongs to the context that made it, and a new thread starts without one. \
Bind the objects here with store() or a frame, or call an entry function. Or carry a binding over \
from where there is one: enter its snapshot() here, resolve() the handle of its frame, or run this \
code in a copy of that context.
    """

    code: ClassVar[str] = "ST302"

    def __init__(
        self,
        table: str,
        index: int | None = None,
        source: str | None = None,
        reason: str = "",
        site: str | None = None,
        kind: str = "",
    ) -> None:
        super().__init__(table, index, source, reason, site, kind)
        self.table = table
        self.index = index
        self.source = source
        self.reason = reason
        self.site = site
        self.kind = kind

    def _sentences(self) -> tuple[str, ...]:
        known = _known(self.kind, "", self.source, self.site)
        lost = "has no binding"
        if self.index is not None:
            lost = f"binds nothing to index {printable(self.index)}{known}"
        return (
            f"Table {printable(self.table)} {lost} in this context",
            self.reason or _WHY_NO_BINDING,
            "Bind the objects here with store() or a frame, or call an entry function",
            _HOW_TO_CARRY_OVER,
        )


class ObjectNotAliveError(SideTableError, ReferenceError, AssertionError):
    """An index is looked up whose object has died.

    Args:
        index: The index.
        table: The table's display name.
        source: The name of the source that the index was registered with.
        type_name: The name of the type that the object had.
        site: The file and line where the index was registered.
        kind: What the index was registered as.

    Example:
        >>> print(ObjectNotAliveError(0, "streams", "self.stream", "Stream", "model.py:12"))
        [ST303] The object at index 0 of table streams (Stream, from self.stream, registered at \
model.py:12) has died. A table holds objects weakly, and nothing else kept this one. \
Keep a reference to it for as long as the graph may run. Or bind it in a frame or an entry \
function, which hold it.
    """

    code: ClassVar[str] = "ST303"

    def __init__(
        self,
        index: int,
        table: str,
        source: str | None = None,
        type_name: str | None = None,
        site: str | None = None,
        kind: str = "",
    ) -> None:
        super().__init__(index, table, source, type_name, site, kind)
        self.index = index
        self.table = table
        self.source = source
        self.type_name = type_name
        self.site = site
        self.kind = kind

    def _sentences(self) -> tuple[str, ...]:
        known = _known(self.kind, self.type_name, self.source, self.site)
        table = printable(self.table)
        return (
            f"The object at index {printable(self.index)} of table {table}{known} has died",
            "A table holds objects weakly, and nothing else kept this one",
            "Keep a reference to it for as long as the graph may run",
            "Or bind it in a frame or an entry function, which hold it",
        )


def _known(kind: str, type_name: str | None, source: str | None, site: str | None) -> str:
    """Returns what a registration said about an index, in parentheses."""
    what = kind and printable(kind)
    if type_name:
        what = f"{what} of type {printable(type_name)}" if what else printable(type_name)
    facts = [
        what,
        source and f"from {printable(source)}",
        site and f"registered at {printable(site)}",
    ]
    known = ", ".join(fact for fact in facts if fact)
    return f" ({known})" if known else ""
