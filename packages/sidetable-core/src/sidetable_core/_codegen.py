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
from typing import Final, NoReturn, TypeVar, final

from sidetable_source import (
    Codegen,
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

_T = TypeVar("_T")


@final
class Scope:
    """The names of a function, as seen by code that will run with its signature.

    It also hands out names for what generated code needs besides. `name_all` chooses their final
    form at the end, when it is known which names the code uses.

    Args:
        like: The function. Held strongly, with its globals and its cells.
    """

    __slots__ = ("_names", "_own", "_provided", "_taken", "like", "parameters")

    def __init__(self, like: FunctionType) -> None:
        self.like: Final = like
        self.parameters: Final = _parameters(like)
        children = ast.iter_child_nodes(self.parameters)
        self._names = tuple(each.arg for each in children if isinstance(each, ast.arg))
        self._taken = {*self._names, *like.__code__.co_freevars}
        self._own: dict[str, list[ast.Name]] = {}
        self._provided: dict[str, object] = {}

    def local(self, name: str) -> ast.expr:
        """Return the code for a parameter.

        Raises:
            CodegenError: If the function has no such parameter.
        """
        return self._read("parameter", name, self._names)

    def closure(self, name: str) -> ast.expr:
        """Return the code for a variable that the function closes over.

        Raises:
            CodegenError: If the function does not close over it.
        """
        return self._read("closure variable", name, self.like.__code__.co_freevars)

    def global_(self, name: str) -> ast.expr:
        """Return the code for a global variable, even if a parameter has the same name."""
        if name in self._names or name in self.like.__code__.co_freevars:
            return _call(self, self._load_global(), ast.Constant(name))
        self._taken.add(name)
        return ast.Name(name, ast.Load())

    def provide(self, values: Mapping[str, object]) -> None:
        """Let names of ours mean these objects, where the code uses them."""
        self._provided.update(values)

    def own(self, name: str, context: ast.expr_context | None = None) -> ast.Name:
        """Return the code for a name of ours, read unless `context` says otherwise."""
        node = ast.Name(name, context or ast.Load())
        self._own.setdefault(name, []).append(node)
        return node

    def name_all(self) -> dict[str, object]:
        """Give all names of ours their final form, which collides with no other name.

        Return the provided objects that the code uses, by the final names.
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

    def _read(self, kind: str, name: str, names: tuple[str, ...]) -> ast.expr:
        """Return the code for one of the function's own names."""
        if name in names:
            return ast.Name(name, ast.Load())
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
class AstCodegen(Codegen):
    """Writes the code of sources and construct functions as Python expressions.

    The verbs are those of `Codegen`. They push expressions to an operand stack and combine those
    on top. Evaluating the expression that is left evaluates the operands in the order in which
    they were pushed. Each verb takes constant time; expressions are never shared.

    Args:
        scope: The names of the function that will contain the expressions.

    Raises:
        CodegenError: By a verb: if the function does not have the name, code cannot hold the name
            or constant, or there are too few values on the stack.

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
        self._stack.append(self._scope.local(name))

    def load_closure(self, name: str) -> None:
        self._stack.append(self._scope.closure(name))

    def load_global(self, name: str) -> None:
        _check(GlobalSource, name)
        self._stack.append(self._scope.global_(name))

    def load_const(self, value: Constant) -> None:
        _check(ConstantSource, value)
        self._stack.append(_constant(self._scope, value))

    def load_import(self, module: str) -> None:
        _check(ImportSource, module)
        self._stack.append(_call(self._scope, import_module, ast.Constant(module)))

    def get_attr(self, member: str) -> None:
        _check(LocalSource, member)
        (base,) = self._pop(1, "get an attribute")
        self._stack.append(ast.Attribute(base, member, ast.Load()))

    def get_item(self) -> None:
        base, key = self._pop(2, "get an item")
        self._stack.append(ast.Subscript(base, key, ast.Load()))

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        if type(n_args) is not int or n_args < 0:
            _refuse("A call needs a number of arguments", f"It was given {n_args!a}")
        for keyword in keywords:
            _check(LocalSource, keyword)
        if len(set(keywords)) != len(keywords):
            _refuse("The keywords of a call have to differ", f"It was given {keywords!a}")
        function, *values = self._pop(1 + n_args + len(keywords), "make a call")
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
                f"There are too few values on the stack to {verb}",
                f"It takes {count}, and there are {len(self._stack)}",
            )
        values = self._stack[-count:]
        del self._stack[-count:]
        return values


def _check(kind: Callable[[_T], Source], value: _T) -> None:
    """Refuse what a kind of source refuses: the rules for names and constants are the same."""
    try:
        kind(value)
    except InvalidSourceError as error:
        raise CodegenError(error.what, error.why, error.hint) from error


def _refuse(what: str, why: str) -> NoReturn:
    raise CodegenError(
        what, why, "Check the verbs that the source or construct function calls, in order"
    )


def _parameters(function: FunctionType) -> ast.arguments:
    """Return a function's parameters as a definition that people read.

    Read from its code object, and not from `inspect.signature`, which follows attributes that
    anybody can set and, on newer Pythons, evaluates annotations. Defaults that are simple
    constants are written out, and others as `...`: those that count are the function's own
    objects, which are not code.
    """
    code, keyword_defaults = function.__code__, function.__kwdefaults__ or {}
    first_keyword, rest = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    every = [ast.arg(name) for name in code.co_varnames[: rest + 2]]
    starred = iter(every[rest:])
    # Python takes the last ones where there are more than parameters.
    defaults = (function.__defaults__ or ())[-first_keyword:] if first_keyword else ()
    return ast.arguments(
        posonlyargs=every[: code.co_posonlyargcount],
        args=every[code.co_posonlyargcount : first_keyword],
        vararg=next(starred) if code.co_flags & inspect.CO_VARARGS else None,
        kwonlyargs=every[first_keyword:rest],
        kw_defaults=[
            _written(keyword_defaults[each.arg]) if each.arg in keyword_defaults else None
            for each in every[first_keyword:rest]
        ],
        kwarg=next(starred) if code.co_flags & inspect.CO_VARKEYWORDS else None,
        defaults=[_written(default) for default in defaults],
    )


def _written(default: object) -> ast.expr:
    is_short = type(default) is int and abs(default) <= sys.maxsize
    is_simple = is_short or default is None or type(default) in (bool, float, str)
    return ast.Constant(default if is_simple else ...)  # type: ignore[arg-type]  # one of these


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


def _call(scope: Scope, function: Callable[..., object], *arguments: ast.expr) -> ast.expr:
    """Return the call of a function, whatever its name means where the code is."""
    scope.provide({function.__name__: function})
    return ast.Call(scope.own(function.__name__), list(arguments), [])
