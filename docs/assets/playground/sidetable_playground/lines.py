"""Which lines of a program are worth a step, and how far the statement on each reaches."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Final

_QUIET: Final = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.Try, ast.TryStar),  # the word alone
)
_OPTIMIZED: Final = (
    1  # the flag of code that has local variables, which the body of a class has not
)


def statements(source: str) -> dict[int, tuple[int, int]]:
    r"""Returns the first and last line of the statement on each line.

    Definitions, imports, `try:` and texts that stand alone are left out: no table changes there.

    Example:
        >>> statements("import json\nprint(\n    json\n)")
        {2: (2, 4), 3: (2, 4), 4: (2, 4)}
    """
    spans: dict[int, tuple[int, int]] = {}
    quiet = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.stmt):
            continue
        if isinstance(node, _QUIET) or _is_text(node):
            quiet.add(node.lineno)  # with what stands on the same line, such as `...`
            continue
        body = getattr(node, "body", None)
        last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
        for line in range(node.lineno, last + 1):
            spans[line] = (node.lineno, last)
    return {line: span for line, span in sorted(spans.items()) if line not in quiet}


def is_worth_tracing(code: CodeType) -> bool:
    """Whether steps inside of some code are shown: not in bodies of classes, nor in `__init__`."""
    if code.co_name == "<module>":
        return True
    return bool(code.co_flags & _OPTIMIZED) and not code.co_name.startswith("__")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
