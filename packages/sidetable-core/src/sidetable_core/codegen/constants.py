"""Constants as code whose text means the same as the code."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidetable_source import Constant

    from .scope import Scope


def constant(scope: Scope, value: Constant) -> ast.expr:
    """Returns the code for a constant, written as the parser would read it.

    A tree may hold any constant whole, but some have no literal, and unparsing would write them
    as something else: negative numbers without the parentheses that they need, a complex number
    without the sign of its zero. These are written with a minus sign or as a call.
    """
    written: ast.expr = ast.Constant(value)  # type: ignore[arg-type]  # typeshed forgets tuples
    match value:
        case tuple():
            written = ast.Tuple([constant(scope, item) for item in value], ast.Load())
        case frozenset():
            items = sorted(value, key=lambda item: (type(item).__name__, repr(item)))
            written = _call(scope, frozenset, constant(scope, tuple(items)))
        case complex() if not (_is_plain(value.imag) and value.real == 0 and _is_plain(value.real)):
            parts = (constant(scope, part) for part in (value.real, value.imag))
            written = _call(scope, complex, *parts)
        case float() if not math.isfinite(value):
            written = _call(scope, float, ast.Constant(repr(value)))
        case float() if math.copysign(1, value) < 0:
            written = ast.UnaryOp(ast.USub(), ast.Constant(-value))
        case int() if value < 0:
            written = ast.UnaryOp(ast.USub(), ast.Constant(-value))
        case _:
            pass  # a literal says it
    return written


def _is_plain(part: float) -> bool:
    return math.isfinite(part) and math.copysign(1, part) == 1


def _call(scope: Scope, kind: type, *arguments: ast.expr) -> ast.expr:
    """Returns the call of a builtin, whatever its name means where the code stands."""
    scope.provide({kind.__name__: kind})
    return ast.Call(scope.own(kind.__name__), list(arguments), [])
