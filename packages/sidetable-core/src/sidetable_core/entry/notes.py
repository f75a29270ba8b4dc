"""Saying which object could not be fetched."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sidetable_source.errors import printable

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping


def add_note(fetches: Mapping[int, tuple[ast.stmt, str]], error: BaseException) -> None:
    """Adds a note to an error that came out of an entry function's prologue.

    Args:
        fetches: For each index, the statement that fetches its object, and its origin's name.
        error: The error, with the traceback that begins in the entry function.
    """
    traceback = error.__traceback__
    line = None if traceback is None else traceback.tb_lineno
    for index, (statement, origin) in fetches.items():
        if statement.lineno == line:
            note = f"while fetching the object of index {index}: {printable(origin)}"
            # An exception that is raised again and again is told once, and one that refuses
            # notes goes on without.
            with suppress(Exception):
                if note not in getattr(error, "__notes__", ()):
                    error.add_note(note)
