"""Writing Python expressions from sources: `AstCodegen`, and the names it may use, `Scope`."""

from __future__ import annotations

import ast
import inspect
import math
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from operator import attrgetter
from types import CellType, FunctionType
from typing import Final, NoReturn, ParamSpec, final

from sidetable_source import (
    CodegenError,
    Constant,
    ConstantSource,
    GlobalSource,
    ImportSource,
    InvalidSourceError,
    LocalSource,
    Reconstructible,
    Source,
)
from sidetable_source.errors import type_name

_P = ParamSpec("_P")


@final
class Scope:
    """The names of a function, as seen by code that will run with its signature.

    It also hands out names for what generated code needs besides. `name_all` chooses their final
    form at the end, when it is known which names the code uses.

    Args:
        like: The function. Held strongly, with its globals and its cells.
    """

    __slots__ = ("_own", "_provided", "_taken", "like", "parameters")

    def __init__(self, like: FunctionType) -> None:
        self.like: Final = like
        self.parameters: Final = Parameters(like)
        self._taken = {*self.parameters.names, *like.__code__.co_freevars}
        self._own: dict[str, list[ast.Name]] = {}
        self._provided: dict[str, object] = {}

    def local(self, name: str) -> ast.expr:
        """Return the code for a parameter.

        Raises:
            CodegenError: If the function has no such parameter.
        """
        if name not in self.parameters.names:
            self._refuse("parameter", name, self.parameters.names)
        return ast.Name(name, ast.Load())

    def closure(self, name: str) -> ast.expr:
        """Return the code for a variable that the function closes over.

        Raises:
            CodegenError: If the function does not close over it.
        """
        if name not in self.like.__code__.co_freevars:
            self._refuse("closure variable", name, self.like.__code__.co_freevars)
        return ast.Name(name, ast.Load())

    def global_(self, name: str) -> ast.expr:
        """Return the code for a global variable, even if a parameter has the same name."""
        if name in self.parameters.names or name in self.like.__code__.co_freevars:
            self.provide({"load_global": self._load_global()})
            return ast.Call(self.own("load_global"), [ast.Constant(name)], [])
        self._taken.add(name)
        return ast.Name(name, ast.Load())

    def provide(self, values: Mapping[str, object]) -> None:
        """Let names of ours mean these objects, where the code uses them."""
        for name, value in values.items():
            self._provided.setdefault(name, value)

    def own(self, name: str, context: ast.expr_context | None = None) -> ast.Name:
        """Return the code for a name of ours, read unless `context` says otherwise."""
        node = ast.Name(name, context or ast.Load())
        self._own.setdefault(name, []).append(node)
        return node

    def name_all(self) -> dict[str, object]:
        """Give all names of ours their final form, which collides with no other name.

        Returns:
            The provided objects that the code uses, by the final names.
        """
        provided: dict[str, object] = {}
        for name, nodes in self._own.items():
            final_name = name
            while final_name in self._taken:
                final_name += "_"
            self._taken.add(final_name)
            for node in nodes:
                node.id = final_name
            if name in self._provided:
                provided[final_name] = self._provided[name]
        return provided

    def cells(self, names: tuple[str, ...], provided: Mapping[str, object]) -> tuple[CellType, ...]:
        """Return the cell for each name: one of ours, or the function's own."""
        code, closure = self.like.__code__, self.like.__closure__ or ()
        own = dict(zip(code.co_freevars, closure, strict=True))
        return tuple(CellType(provided[name]) if name in provided else own[name] for name in names)

    def _load_global(self) -> Callable[[str], object]:
        # Not every release of the type stubs knows that functions have builtins.
        namespaces = (self.like.__globals__, attrgetter("__builtins__")(self.like))

        def load_global(name: str) -> object:
            """Return a global variable or builtin that a parameter's name hides."""
            for namespace in namespaces:
                if name in namespace:
                    return namespace[name]
            raise NameError(f"name {name!r} is not defined", name=name)

        return load_global

    def _refuse(self, kind: str, name: str, names: tuple[str, ...]) -> NoReturn:
        hint = (
            "Use a source for a name that the function has. An entry function fetches all that is "
            "registered: if this belongs to another graph, pass `indices=` for the indices that "
            "this one needs, or use a table for each graph"
        )
        if hasattr(self.like, "__wrapped__"):
            hint = (
                "It wraps a function that `inspect` shows in its place: pass inspect.unwrap(like)"
            )
        there = ", ".join(names) or "none"
        what = f"{self.like.__qualname__} has no {kind} {name!r}"
        raise CodegenError(what, f"It has: {there}", hint)


@final
class AstCodegen:
    """Writes the code of sources and construct functions as Python expressions.

    A `Codegen`: its verbs push expressions to an operand stack and combine those on top.
    Evaluating the expression that is left evaluates the operands in the order in which they
    were pushed. Each verb takes constant time; expressions are never shared.

    Args:
        scope: The names of the function that will contain the expressions.

    Example:
        >>> import ast
        >>> from sidetable_core import AstCodegen, LocalSource, Scope
        >>> def query(self): ...
        >>> codegen = AstCodegen(Scope(query))
        >>> codegen(LocalSource("self").attr("pool").item("main"))
        >>> ast.unparse(codegen.finish())
        "self.pool['main']"
    """

    __slots__ = ("_scope", "_stack")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._stack: list[ast.expr] = []

    def __call__(self, source: Reconstructible) -> None:
        """Write the code that fetches what the source describes, as one value.

        Raises:
            CodegenError: If the source does not write exactly one value.
        """
        if not callable(getattr(type(source), "reconstruct", None)):
            _refuse(
                f"A value of type {type_name(source)} was written as a source",
                "A source needs a `reconstruct` method",
            )
        depth = len(self._stack)
        source.reconstruct(self)
        if len(self._stack) != depth + 1:
            _refuse(
                f"A source of type {type_name(source)} wrote {len(self._stack) - depth} values",
                "A source has to leave exactly one value on the stack",
            )

    def load_local(self, name: str) -> None:
        """Push a local variable: a parameter of the function.

        Raises:
            CodegenError: If the function has no parameter of that name.
        """
        self._stack.append(self._scope.local(name))

    def load_closure(self, name: str) -> None:
        """Push a variable that the function closes over.

        Raises:
            CodegenError: If the function does not close over that name.
        """
        self._stack.append(self._scope.closure(name))

    def load_global(self, name: str) -> None:
        """Push a global variable of the function's module, or a builtin.

        Raises:
            CodegenError: If it is not a name.
        """
        _check(GlobalSource, name)
        self._stack.append(self._scope.global_(name))

    def load_const(self, value: Constant) -> None:
        """Push a constant.

        Raises:
            CodegenError: If code cannot hold the value.
        """
        _check(ConstantSource, value)
        self._stack.append(_constant(self._scope, value))

    def load_import(self, module: str) -> None:
        """Push a module, imported when the code runs.

        Raises:
            CodegenError: If it is not a module's name.
        """
        _check(ImportSource, module)
        self._scope.provide({"import_module": import_module})
        self._stack.append(ast.Call(self._scope.own("import_module"), [ast.Constant(module)], []))

    def get_attr(self, member: str) -> None:
        """Pop a value and push its attribute.

        Raises:
            CodegenError: If there is no value to pop, or the member is not a name.
        """
        _check(LocalSource, member)
        (base,) = self._pop(1, "get an attribute of")
        self._stack.append(ast.Attribute(base, member, ast.Load()))

    def get_item(self) -> None:
        """Pop a key and then a value, and push the value's item at that key.

        Raises:
            CodegenError: If there are no two values to pop.
        """
        base, key = self._pop(2, "get an item of")
        self._stack.append(ast.Subscript(base, key, ast.Load()))

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Pop the arguments and then a function, and push what it returns.

        Args:
            n_args: How many positional arguments were pushed after the function.
            keywords: The names of the keyword arguments, which were pushed last, in this order.

        Raises:
            CodegenError: If there are too few values to pop, or a keyword is not a name or is
                given twice.
        """
        if type(n_args) is not int or n_args < 0:
            _refuse("A call needs a number of arguments", f"It was given {n_args!a}")
        for keyword in keywords:
            _check(LocalSource, keyword)
        if len(set(keywords)) != len(keywords):
            _refuse("The keywords of a call have to differ", f"It was given {keywords!a}")
        function, *values = self._pop(1 + n_args + len(keywords), "call")
        named = map(ast.keyword, keywords, values[n_args:])
        self._stack.append(ast.Call(function, values[:n_args], list(named)))

    def finish(self) -> ast.expr:
        """Return the one expression that was written, and start again.

        Raises:
            CodegenError: If not exactly one value is on the stack.
        """
        stack, self._stack = self._stack, []
        if len(stack) != 1:
            _refuse(
                f"{len(stack)} values were left on the stack",
                "The code for one object has to leave exactly one value",
            )
        return stack[0]

    def _pop(self, count: int, verb: str) -> list[ast.expr]:
        if len(self._stack) < count:
            _refuse(
                f"There was nothing to {verb}",
                f"{count} values are needed and {len(self._stack)} are on the stack",
            )
        values = self._stack[-count:]
        del self._stack[-count:]
        return values


def _check(kind: Callable[_P, Source], *args: _P.args, **kwargs: _P.kwargs) -> None:
    """Refuse what a kind of source refuses: the rules for names and constants are the same."""
    try:
        kind(*args, **kwargs)
    except InvalidSourceError as error:
        raise CodegenError(error.what, error.why, error.hint) from error


def _refuse(what: str, why: str) -> NoReturn:
    raise CodegenError(
        what, why, "Check the verbs that the source or construct function calls, in order"
    )


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
        """Return the parameters for a definition that people read.

        Defaults that are simple constants are written out, and others as `...`. Those that count
        are the function's own objects, which are not code.
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
        """Return the code that calls a function with exactly what these parameters received."""
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


def _constant(scope: Scope, value: Constant) -> ast.expr:
    """Return the code for a constant, written as the parser would read it.

    A tree can hold any constant whole, but some have no literal, and unparsing would write them
    as something else: negative numbers without the parentheses that they need, a complex number
    without the sign of its zero. These are written with a minus sign or as a call.
    """
    match value:
        case tuple():
            return ast.Tuple([_constant(scope, item) for item in value], ast.Load())
        case frozenset():
            items = sorted(value, key=lambda item: (type(item).__name__, repr(item)))
            return _call(scope, frozenset, _constant(scope, tuple(items)))
        case complex() if not (_is_plain(value.imag) and value.real == 0 and _is_plain(value.real)):
            parts = (_constant(scope, part) for part in (value.real, value.imag))
            return _call(scope, complex, *parts)
        case float() if not math.isfinite(value):
            return _call(scope, float, ast.Constant(repr(value)))
        case int() | float() if value < 0 or (value == 0 and math.copysign(1, value) < 0):
            return ast.UnaryOp(ast.USub(), ast.Constant(-value))
        case _:
            return ast.Constant(value)


def _is_plain(part: float) -> bool:
    return math.isfinite(part) and math.copysign(1, part) == 1


def _call(scope: Scope, kind: type, *arguments: ast.expr) -> ast.expr:
    """Return the call of a builtin, whatever its name means where the code is."""
    scope.provide({kind.__name__: kind})
    return ast.Call(scope.own(kind.__name__), list(arguments), [])
