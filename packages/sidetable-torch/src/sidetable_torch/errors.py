"""The error of this package."""

from __future__ import annotations

from typing import ClassVar, final

from sidetable_source import SideTableError
from sidetable_source.errors import printable


@final
class RepairError(SideTableError, RuntimeError):
    """PyTorch's table can not be repaired, or not be put back; nothing has changed.

    Args:
        what: What was found.
        why: Why that is refused.
        hint: What to do.

    Example:
        >>> print(RepairError("This is torch 1.0", "It has no side table", "Use torch 2.13"))
        [ST501] This is torch 1.0. It has no side table. Use torch 2.13.
    """

    code: ClassVar[str] = "ST501"

    def __init__(self, what: str, why: str, hint: str) -> None:
        super().__init__(what, why, hint)
        self.what = what
        self.why = why
        self.hint = hint

    def _sentences(self) -> tuple[str, ...]:
        return tuple(printable(part, 1000) for part in (self.what, self.why, self.hint))
