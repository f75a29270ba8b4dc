"""ST1xx: a source that can not be made, code that can not be written."""

from __future__ import annotations

from typing import ClassVar

from ._error import SideTableError


class InvalidSourceError(SideTableError, ValueError):
    """A source can not be made from what it was given.

    Raised where the source is made or unpickled, and by any use of a source that was changed or
    left half-made behind its back; never while code is compiled.

    Args:
        what: What happened.
        why: Why that is refused.
        hint: What to do.

    Example:
        >>> from sidetable_source import LocalSource
        >>> LocalSource("class")
        Traceback (most recent call last):
        sidetable_source.errors.InvalidSourceError: [ST101] LocalSource can not use "class" as \
its local_name. It is a keyword. Give one plain Python name, as it stands in the code.
    """

    code: ClassVar[str] = "ST101"

    def __init__(self, what: str, why: str, hint: str) -> None:
        super().__init__(what, why, hint)
        self.what = what
        self.why = why
        self.hint = hint

    def _sentences(self) -> tuple[str, ...]:
        return (self.what, self.why, self.hint)


class CodegenError(SideTableError, ValueError):
    """A codegen was asked for code that can not be written.

    Args:
        what: What happened.
        why: Why that makes no code.
        hint: What to do.

    Example:
        >>> print(CodegenError("Index 0 left 2 values", "It must leave one", "Load one thing"))
        [ST102] Index 0 left 2 values. It must leave one. Load one thing.
    """

    code: ClassVar[str] = "ST102"

    def __init__(self, what: str, why: str, hint: str) -> None:
        super().__init__(what, why, hint)
        self.what = what
        self.why = why
        self.hint = hint

    def _sentences(self) -> tuple[str, ...]:
        return (self.what, self.why, self.hint)
