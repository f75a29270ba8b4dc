"""The codegen that writes Python expressions, for entry functions and for people to read."""

from __future__ import annotations

import ast
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn, ParamSpec, final

from sidetable_source import (
    CodegenError,
    ConstantSource,
    GlobalSource,
    ImportSource,
    InvalidSourceError,
    LocalSource,
)
from sidetable_source.errors import type_name

from .constants import constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from sidetable_source import Constant, Reconstructible, Source

    from .scope import Scope

_P = ParamSpec("_P")


@final
class AstCodegen:
    """Writes the code of sources and construct functions as Python expressions.

    A `Codegen`: its verbs push expressions to an operand stack and combine what is on top.
    Evaluating the expression that is left evaluates the operands in the order in which they
    were pushed. Each verb takes constant time; expressions are never shared.

    Args:
        scope: The names of the function that the expressions will stand in.

    Example:
        >>> import ast
        >>> from sidetable_core import AstCodegen, Scope
        >>> from sidetable_source import LocalSource
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
        """Writes the code that fetches what the source describes, as one value.

        Raises:
            CodegenError: If the source does not write exactly one value.
        """
        if not callable(getattr(type(source), "reconstruct", None)):
            _refuse(
                f"A value of type {type_name(source)} was written as a source",
                "Only what has a `reconstruct` method can be",
            )
        depth = len(self._stack)
        source.reconstruct(self)
        if len(self._stack) != depth + 1:
            _refuse(
                f"A source of type {type_name(source)} wrote {len(self._stack) - depth} values",
                "A source has to leave exactly one value on the stack",
            )

    def load_local(self, name: str) -> None:
        """Pushes a local variable: a parameter of the function.

        Raises:
            CodegenError: If the function has no parameter of that name.
        """
        self._push(self._scope.local(name))

    def load_closure(self, name: str) -> None:
        """Pushes a variable that the function closes over.

        Raises:
            CodegenError: If the function does not close over that name.
        """
        self._push(self._scope.closure(name))

    def load_global(self, name: str) -> None:
        """Pushes a global variable of the function's module, or a builtin.

        Raises:
            CodegenError: If it is no name.
        """
        _checked(GlobalSource, name)
        self._push(self._scope.global_(name))

    def load_const(self, value: Constant) -> None:
        """Pushes a constant.

        Raises:
            CodegenError: If code can not hold the value.
        """
        _checked(ConstantSource, value)
        self._push(constant(self._scope, value))

    def load_import(self, module: str) -> None:
        """Pushes a module, imported when the code runs.

        Raises:
            CodegenError: If it is no module's name.
        """
        _checked(ImportSource, module)
        self._scope.provide({"import_module": import_module})
        self._push(ast.Call(self._scope.own("import_module"), [ast.Constant(module)], []))

    def get_attr(self, member: str) -> None:
        """Pops a value and pushes its attribute.

        Raises:
            CodegenError: If there is no value to pop, or the member is no name.
        """
        _checked(LocalSource, member)
        (base,) = self._pop(1, "get an attribute of")
        self._push(ast.Attribute(base, member, ast.Load()))

    def get_item(self) -> None:
        """Pops a key and then a value, and pushes the value's item at that key.

        Raises:
            CodegenError: If there are no two values to pop.
        """
        base, key = self._pop(2, "get an item of")
        self._push(ast.Subscript(base, key, ast.Load()))

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Pops the arguments and then a function, and pushes what it returns.

        Args:
            n_args: How many positional arguments were pushed after the function.
            keywords: The names of the keyword arguments, which were pushed last, in this order.

        Raises:
            CodegenError: If there are not so many values to pop, or a keyword is no name or is
                given twice.
        """
        if type(n_args) is not int or n_args < 0:
            _refuse("A call has to have a number of arguments", f"It was given {n_args!a}")
        for keyword in keywords:
            _checked(LocalSource, keyword)
        if len(set(keywords)) != len(keywords):
            _refuse("A call has to have different keywords", f"It was given {keywords!a}")
        function, *values = self._pop(1 + n_args + len(keywords), "call")
        named = map(ast.keyword, keywords, values[n_args:])
        self._push(ast.Call(function, values[:n_args], list(named)))

    def finish(self) -> ast.expr:
        """Returns the one expression that was written, and start again.

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

    def _push(self, expression: ast.expr) -> None:
        self._stack.append(expression)

    def _pop(self, count: int, verb: str) -> list[ast.expr]:
        if len(self._stack) < count:
            _refuse(
                f"There was nothing to {verb}",
                f"{count} values are needed and {len(self._stack)} are on the stack",
            )
        values = self._stack[-count:]
        del self._stack[-count:]
        return values


def _checked(kind: Callable[_P, Source], *args: _P.args, **kwargs: _P.kwargs) -> None:
    """Refuses what a kind of source refuses: the rules for names and constants are the same.

    Raises:
        CodegenError: If the source kind does not accept the arguments.
    """
    try:
        kind(*args, **kwargs)
    except InvalidSourceError as error:
        raise CodegenError(error.what, error.why, error.hint) from error


def _refuse(what: str, why: str) -> NoReturn:
    """Refuses what no source could have asked for.

    Raises:
        CodegenError: Always.
    """
    raise CodegenError(
        what, why, "Check the verbs that the source or construct function calls, in order"
    )
