"""The codegen that writes Python expressions, for entry functions and for people to read."""

from __future__ import annotations

import ast
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn, final

from sidetable_source import CodegenError

if TYPE_CHECKING:
    from sidetable_source import Constant, Reconstructible

    from .scope import Scope


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
        """Write the code that fetches what the source describes, as one value.

        Raises:
            CodegenError: If the source does not write exactly one value.
        """
        depth = len(self._stack)
        source.reconstruct(self)
        if len(self._stack) != depth + 1:
            self._refuse(
                f"a source of type {type(source).__qualname__} wrote "
                f"{len(self._stack) - depth} values",
                "a source has to leave exactly one value on the stack",
            )

    def load_local(self, name: str) -> None:
        """Push a local variable: a parameter of the function.

        Raises:
            CodegenError: If the function has no parameter of that name.
        """
        self._push(self._scope.local(name))

    def load_closure(self, name: str) -> None:
        """Push a variable that the function closes over.

        Raises:
            CodegenError: If the function does not close over that name.
        """
        self._push(self._scope.closure(name))

    def load_global(self, name: str) -> None:
        """Push a global variable of the function's module, or a builtin."""
        self._push(self._scope.global_(name))

    def load_const(self, value: Constant) -> None:
        """Push a constant."""
        self._push(ast.Constant(value))  # type: ignore[arg-type]  # typeshed forgets tuples

    def load_import(self, module: str) -> None:
        """Push a module, imported when the code runs."""
        self._scope.provide({"import_module": import_module})
        self._push(ast.Call(self._scope.own("import_module"), [ast.Constant(module)], []))

    def get_attr(self, member: str) -> None:
        """Pop a value and push its attribute.

        Raises:
            CodegenError: If there is no value to pop.
        """
        (base,) = self._pop(1, "get an attribute of")
        self._push(ast.Attribute(base, member, ast.Load()))

    def get_item(self) -> None:
        """Pop a key and then a value, and push the value's item at that key.

        Raises:
            CodegenError: If there are no two values to pop.
        """
        base, key = self._pop(2, "get an item of")
        self._push(ast.Subscript(base, key, ast.Load()))

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Pop the arguments and then a function, and push what it returns.

        Args:
            n_args: How many positional arguments were pushed after the function.
            keywords: The names of the keyword arguments, which were pushed last, in this order.

        Raises:
            CodegenError: If there are not so many values to pop.
        """
        function, *values = self._pop(1 + n_args + len(keywords), "call")
        named = [
            ast.keyword(name, value) for name, value in zip(keywords, values[n_args:], strict=True)
        ]
        self._push(ast.Call(function, values[:n_args], named))

    def finish(self) -> ast.expr:
        """Return the one expression that was written, and start again.

        Raises:
            CodegenError: If not exactly one value is on the stack.
        """
        stack, self._stack = self._stack, []
        if len(stack) != 1:
            self._refuse(
                f"{len(stack)} values were left on the stack",
                "the code for one object has to leave exactly one value",
            )
        return stack[0]

    def _push(self, expression: ast.expr) -> None:
        self._stack.append(expression)

    def _pop(self, count: int, verb: str) -> list[ast.expr]:
        if len(self._stack) < count:
            self._refuse(
                f"there was nothing to {verb}",
                f"{count} values are needed and {len(self._stack)} are on the stack",
            )
        values = self._stack[-count:]
        del self._stack[-count:]
        return values

    def _refuse(self, what: str, why: str) -> NoReturn:
        raise CodegenError(
            what, why, "check the verbs that the source or construct function calls, in order"
        )
