"""The names that generated code can use, and what each of them means there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import CellType, FunctionType
from typing import Final, final

from sidetable_source import CodegenError

from .parameters import Parameters


@final
class Scope:
    """The names of a function, seen from code that is to run with its signature.

    Also hands out names for what generated code needs beside them. These are chosen at the end,
    by `name_all`, when it is known which names the code already uses.

    Args:
        like: The function. Held strongly, with its globals and its cells.
    """

    __slots__ = ("_handlers", "_own", "_provided", "_taken", "like", "parameters")

    def __init__(self, like: FunctionType) -> None:
        self.like: Final = like
        self.parameters: Final = Parameters(like)
        self._taken = {*self.parameters.names, *like.__code__.co_freevars}
        self._own: dict[str, list[ast.Name]] = {}
        self._handlers: list[ast.ExceptHandler] = []
        self._provided: dict[str, object] = {}

    def local(self, name: str) -> ast.expr:
        """Returns the code for a parameter.

        Raises:
            CodegenError: If the function has no such parameter.
        """
        if name not in self.parameters.names:
            self._refuse("parameter", name, self.parameters.names)
        return ast.Name(name, ast.Load())

    def closure(self, name: str) -> ast.expr:
        """Returns the code for a variable that the function closes over.

        Raises:
            CodegenError: If the function does not close over it.
        """
        if name not in self.like.__code__.co_freevars:
            self._refuse("closure variable", name, self.like.__code__.co_freevars)
        return ast.Name(name, ast.Load())

    def global_(self, name: str) -> ast.expr:
        """Returns the code for a global variable, also where a parameter has the same name."""
        if name in self.parameters.names or name in self.like.__code__.co_freevars:
            self.provide({"load_global": self._load_global()})
            return ast.Call(self.own("load_global"), [ast.Constant(name)], [])
        self._taken.add(name)
        return ast.Name(name, ast.Load())

    def provide(self, values: Mapping[str, object]) -> None:
        """Lets names of ours mean these objects, wherever the code uses them."""
        for name, value in values.items():
            self._provided.setdefault(name, value)

    def own(self, name: str, context: ast.expr_context | None = None) -> ast.Name:
        """Returns the code for a name of ours, read unless `context` says otherwise."""
        node = ast.Name(name, context or ast.Load())
        self._own.setdefault(name, []).append(node)
        return node

    def own_handler(self, caught: ast.expr, name: str, body: list[ast.stmt]) -> ast.ExceptHandler:
        """Returns the code that catches an error under a name of ours."""
        handler = ast.ExceptHandler(caught, name, body)
        self._handlers.append(handler)
        return handler

    def name_all(self) -> dict[str, object]:
        """Gives all names of ours their final form, which collides with no other name.

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
            for handler in self._handlers:
                if handler.name == name:
                    handler.name = final_name
            if name in self._provided:
                provided[final_name] = self._provided[name]
        return provided

    def cells(self, names: tuple[str, ...], provided: Mapping[str, object]) -> tuple[CellType, ...]:
        """Returns the cell for each name: one of ours, or the function's own."""
        code, closure = self.like.__code__, self.like.__closure__ or ()
        own = dict(zip(code.co_freevars, closure, strict=True))
        return tuple(CellType(provided[name]) if name in provided else own[name] for name in names)

    def _load_global(self) -> Callable[[str], object]:
        # Not every release of the type stubs knows that functions have builtins.
        namespaces = (self.like.__globals__, attrgetter("__builtins__")(self.like))

        def load_global(name: str) -> object:
            """Returns a global variable or builtin that a parameter's name hides."""
            for namespace in namespaces:
                if name in namespace:
                    return namespace[name]
            raise NameError(f"name {name!r} is not defined", name=name)

        return load_global

    def _refuse(self, kind: str, name: str, names: tuple[str, ...]) -> None:
        there = ", ".join(names) or "none"
        raise CodegenError(
            f"{self.like.__qualname__} has no {kind} {name!r}",
            f"Those that it has are: {there}",
            "Use a source for a name that the function has, or another `like`",
        )
