"""ST4xx: frames that end in the wrong place, handles that name no live frame."""

from __future__ import annotations

from typing import ClassVar

from ._error import SideTableError
from ._text import printable


class FrameError(SideTableError, RuntimeError):
    """A frame is entered or left where it can not be.

    Args:
        what: What happened.
        why: Why that is refused.
        hint: What to do.
        table: The table's display name.

    Example:
        >>> print(FrameError("A frame is left twice", "It has ended", "Use one with block", "t"))
        [ST401] Table t: A frame is left twice. It has ended. Use one with block.
    """

    code: ClassVar[str] = "ST401"

    def __init__(self, what: str, why: str, hint: str, table: str = "") -> None:
        super().__init__(what, why, hint, table)
        self.what = what
        self.why = why
        self.hint = hint
        self.table = table

    def _sentences(self) -> tuple[str, ...]:
        table = f"Table {printable(self.table)}: " if self.table else ""
        return (table + printable(self.what, 1000), self.why, self.hint)


class StaleHandleError(SideTableError, LookupError):
    """A handle is used whose frame has ended.

    Args:
        handle: The handle.
        table: The display name of the table that it was of.

    Example:
        >>> print(StaleHandleError(84, "streams"))
        [ST402] Handle 84 of table streams is stale. It names a frame that has ended. Resolve a \
handle only while its frame is open, and take a new one for every call.
    """

    code: ClassVar[str] = "ST402"

    def __init__(self, handle: int, table: str = "") -> None:
        super().__init__(handle, table)
        self.handle = handle
        self.table = table

    def _sentences(self) -> tuple[str, ...]:
        table = f" of table {printable(self.table)}" if self.table else ""
        return (
            f"Handle {printable(self.handle)}{table} is stale",
            "It names a frame that has ended",
            "Resolve a handle only while its frame is open, and take a new one for every call",
        )


class UnknownHandleError(SideTableError, LookupError):
    """A number is used as a handle that never was one.

    Args:
        handle: The number.

    Example:
        >>> print(UnknownHandleError(5))
        [ST403] 5 is not a handle. No frame of this process was ever given it. Pass on the \
number that a frame's handle is, unchanged.
    """

    code: ClassVar[str] = "ST403"

    def __init__(self, handle: int) -> None:
        super().__init__(handle)
        self.handle = handle

    def _sentences(self) -> tuple[str, ...]:
        return (
            f"{printable(self.handle)} is not a handle",
            "No frame of this process was ever given it",
            "Pass on the number that a frame's handle is, unchanged",
        )


class WrongTableError(SideTableError, LookupError):
    """A handle is resolved by a table that it is not of.

    Args:
        handle: The handle.
        table: The display name of the table that was asked.
        owner: The display name of the table that the handle is of.

    Example:
        >>> print(WrongTableError(84, "locks", "streams"))
        [ST404] Handle 84 is not of table locks. It names a frame of table streams. Ask that \
table, or use the function resolve(), which finds the table of any handle.
    """

    code: ClassVar[str] = "ST404"

    def __init__(self, handle: int, table: str, owner: str) -> None:
        super().__init__(handle, table, owner)
        self.handle = handle
        self.table = table
        self.owner = owner

    def _sentences(self) -> tuple[str, ...]:
        return (
            f"Handle {printable(self.handle)} is not of table {printable(self.table)}",
            f"It names a frame of table {printable(self.owner)}",
            "Ask that table, or use the function resolve(), which finds the table of any handle",
        )
