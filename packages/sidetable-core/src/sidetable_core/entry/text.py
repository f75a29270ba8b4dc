"""What people read of generated code: its text, and in an error what was being fetched."""

from __future__ import annotations

import ast
import linecache
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

from sidetable_source.errors import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType


def locate(node: ast.AST, parsed: ast.AST) -> None:
    """Gives every node the location that it has in its own text.

    Args:
        node: The tree that was built.
        parsed: The tree parsed from the text of `node`. It has the same shape, but for
            constants that are written as several nodes, such as negative numbers.
    """
    ast.copy_location(node, parsed)
    if type(node) is type(parsed):
        for child, twin in zip(
            ast.iter_child_nodes(node), ast.iter_child_nodes(parsed), strict=True
        ):
            locate(child, twin)


def publish(text: str, code: CodeType) -> None:
    """Makes the text readable for tracebacks, debuggers and `inspect.getsource`.

    Args:
        text: The text of one function.
        code: Its code, whose file name nothing else has. The text goes when the code does.
    """
    # No time of modification: `linecache` then never looks for the file on a disk.
    entry = (len(text), None, text.splitlines(keepends=True), code.co_filename)
    linecache.cache[code.co_filename] = entry
    finalizer = weakref.finalize(code, linecache.cache.pop, code.co_filename, None)
    finalizer.atexit = False


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
