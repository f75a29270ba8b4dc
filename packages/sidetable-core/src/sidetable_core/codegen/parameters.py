"""The parameters of a function, and the code that declares them or passes them on."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FunctionType


@final
class Parameters:
    """A function's parameters by kind, read from its code object.

    Not from `inspect.signature`, which follows attributes that anybody can set and, on newer
    Pythons, evaluates annotations.
    """

    __slots__ = (
        "defaults",
        "keyword_defaults",
        "keyword_only",
        "positional",
        "positional_only",
        "var_keyword",
        "var_positional",
    )

    def __init__(self, function: FunctionType) -> None:
        code = function.__code__
        names = code.co_varnames
        first_keyword, rest = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
        has_var_positional = bool(code.co_flags & inspect.CO_VARARGS)
        has_var_keyword = bool(code.co_flags & inspect.CO_VARKEYWORDS)
        self.positional_only: Final = names[: code.co_posonlyargcount]
        self.positional: Final = names[code.co_posonlyargcount : first_keyword]
        self.var_positional: Final = names[rest] if has_var_positional else None
        self.keyword_only: Final = names[first_keyword:rest]
        self.var_keyword: Final = names[rest + has_var_positional] if has_var_keyword else None
        # Python takes the last ones where there are more than parameters.
        self.defaults: Final[tuple[object, ...]] = (
            (function.__defaults__ or ())[-first_keyword:] if first_keyword else ()
        )
        self.keyword_defaults: Final[Mapping[str, object]] = function.__kwdefaults__ or {}

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order in which a definition lists them."""
        return (
            *self.positional_only,
            *self.positional,
            *filter(None, [self.var_positional]),
            *self.keyword_only,
            *filter(None, [self.var_keyword]),
        )

    def definition(self) -> ast.arguments:
        """Returns the parameters for a definition that people read.

        Defaults are written where they are simple constants, and as `...` where they are not:
        those that count are the function's own objects, which are no code.
        """
        return ast.arguments(
            posonlyargs=[ast.arg(name) for name in self.positional_only],
            args=[ast.arg(name) for name in self.positional],
            vararg=None if self.var_positional is None else ast.arg(self.var_positional),
            kwonlyargs=[ast.arg(name) for name in self.keyword_only],
            kw_defaults=[
                _written(self.keyword_defaults[name]) if name in self.keyword_defaults else None
                for name in self.keyword_only
            ],
            kwarg=None if self.var_keyword is None else ast.arg(self.var_keyword),
            defaults=[_written(default) for default in self.defaults],
        )

    def passed_on(self, function: ast.expr) -> ast.Call:
        """Returns the code that calls a function with exactly what these parameters received."""
        arguments: list[ast.expr] = [
            ast.Name(name, ast.Load()) for name in (*self.positional_only, *self.positional)
        ]
        if self.var_positional is not None:
            arguments.append(ast.Starred(ast.Name(self.var_positional, ast.Load()), ast.Load()))
        keywords = [ast.keyword(name, ast.Name(name, ast.Load())) for name in self.keyword_only]
        if self.var_keyword is not None:
            keywords.append(ast.keyword(None, ast.Name(self.var_keyword, ast.Load())))
        return ast.Call(function, arguments, keywords)


def _written(default: object) -> ast.expr:
    if default is None or type(default) in (bool, float, str):
        return ast.Constant(default)  # type: ignore[arg-type]  # one of the types just named
    if type(default) is int and abs(default) <= sys.maxsize:
        return ast.Constant(default)
    return ast.Constant(...)
