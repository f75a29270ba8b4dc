"""The text of constants: Python that evaluates to the same value, of the same exact type."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidetable_source.codegen import Constant


def literal(value: Constant) -> str:  # noqa: PLR0911  # one return for each type
    """Returns the text of a constant, which two constants share only if they are the same.

    Two are the same when they have equal content and the same exact types, all the way in: `1`,
    `1.0` and `True` are three, and so are `0.0` and `-0.0`; one `nan` is like another.

    Args:
        value: A constant that was examined before.

    Returns:
        The text. Its cost grows with its length.

    Example:
        >>> print(literal(("it's", float("inf"), frozenset({2, 1}))))
        ("it's", float("inf"), frozenset({1, 2}))
    """
    match value:
        case str():
            return f'"{_double_quoted(repr(chr(34) + value)[2:-1])}"'
        case bytes():
            return f'b"{_double_quoted(repr(b"%c%b" % (34, value))[3:-1])}"'
        case float() if not isfinite(value):
            return f'float("{value!r}")'
        case complex():
            return f"complex({literal(value.real)}, {literal(value.imag)})"
        case tuple():
            items = ", ".join(map(literal, value))
            return f"({items},)" if len(value) == 1 else f"({items})"
        case frozenset():
            items = ", ".join(sorted(literal(item) for item in value))
            return f"frozenset({{{items}}})" if items else "frozenset()"
        case _ if value is ...:
            return "..."
        case _:
            return repr(value)


def _double_quoted(body: str) -> str:
    # The body is from a repr in single quotes: the text in it began with a double quote, so repr
    # had no other choice. Every single quote in it therefore has a backslash of its own.
    return body.replace("\\'", "'").replace('"', '\\"')
