"""Text that is safe to show, whatever it was made from."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Final, cast

_LARGEST_DECIMAL: Final = 10**640
_MODULE_OF: Final = type.__dict__["__module__"]
_QUALNAME_OF: Final = type.__dict__["__qualname__"]


def printable(text: object, limit: int = 200) -> str:
    r"""Returns one line of text that a terminal and a log can show.

    Printable Unicode stays; everything else (line ends, escape sequences, lone surrogates,
    characters that turn the writing direction) is written as a Python escape. Nothing of the
    value's own is called: a `str` or `int` of a subclass is read as the plain one, a number too
    long for decimal digits is written in hexadecimal, and any other value is named by its type.

    Args:
        text: What to show.
        limit: The most characters to return, not negative; text that was cut ends in `...`.

    Returns:
        At most `limit` characters. The cost grows with the limit, not with the length of the text.

    Example:
        >>> print(printable("caf\u00e9\n\x1b[31m"))
        café\n\x1b[31m
        >>> printable("a" * 1000, limit=10)
        'aaaaaaa...'
    """
    exact = _exact(text)
    if len(exact) <= limit and exact.isprintable():
        return exact
    pieces = [c if c.isprintable() else repr(c)[1:-1] for c in exact[: limit + 1]]
    ends = list(accumulate(map(len, pieces)))
    if ends[-1] <= limit:
        return "".join(pieces)
    kept = bisect_right(ends, limit - len("..."))
    return ("".join(pieces[:kept]) + "...")[:limit]


def type_name(value: object) -> str:
    """Returns the name of a value's type, asking neither the value nor its metaclass.

    Args:
        value: Any object; a type that lies about its name is not listened to.

    Returns:
        The qualified name, with the module before it unless it is a builtin.

    Example:
        >>> from decimal import Decimal
        >>> type_name(Decimal(1)), type_name(3)
        ('decimal.Decimal', 'int')
    """
    kind = type(value)
    module = _MODULE_OF.__get__(kind)
    qualname = str.__str__(_QUALNAME_OF.__get__(kind))
    if type(module) is not str or module == "builtins":
        return qualname
    return f"{module}.{qualname}"


def sentence(text: object, limit: int = 1000) -> str:
    """Returns the text as one printable sentence that ends in a full stop; "" for no text."""
    shown = printable(text, limit).strip()
    return shown if not shown or shown[-1] in ".!?" else shown + "."


def _exact(text: object) -> str:
    kind = type(text)
    if issubclass(kind, str):
        return str.__str__(cast("str", text))
    if issubclass(kind, int):
        number = int.__pos__(cast("int", text))
        short = -_LARGEST_DECIMAL < number < _LARGEST_DECIMAL
        return int.__repr__(number) if short else hex(number)
    return f"<{type_name(text)}>"
