"""The text of generated code: what people read is the tree that was compiled, unparsed."""

from __future__ import annotations

import ast
import linecache
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType


def locate(node: ast.AST, parsed: ast.AST) -> None:
    """Give every node the location that it has in its own text.

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


def publish(text: str, label: str) -> str:
    """Make the text readable for tracebacks, debuggers and `inspect.getsource`.

    Args:
        text: The text of one function.
        label: What to call it; need not be unique.

    Returns:
        The file name under which `linecache` has the text.
    """
    lines = text.splitlines(keepends=True)
    number = 1
    while True:
        filename = f"<sidetable entry {label} {number}>"
        # No time of modification: `linecache` then never looks for the file on a disk.
        entry = (len(text), None, lines, filename)
        if linecache.cache.setdefault(filename, entry) is entry:
            return filename
        number += 1


def withdraw_with(code: CodeType) -> None:
    """Forget the code's published text when the code itself is gone."""
    finalizer = weakref.finalize(code, linecache.cache.pop, code.co_filename, None)
    finalizer.atexit = False
