"""The text of generated code: what people read is the tree that was compiled, unparsed."""

from __future__ import annotations

import ast
import linecache
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
