"""A codegen that fetches at once what other codegens write code for."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from sidetable_source import Codegen
from sidetable_source.codegen import Constant


class Fetching(Codegen):
    """Runs the verbs on an operand stack, with the arguments of one call.

    Args:
        like: The function whose names the sources mean.
        names: Its parameters, as this call bound them.

    Example:
        >>> from sidetable_source import LocalSource
        >>> def size(pool): ...
        >>> fetching = Fetching(size, {"pool": [1, 2]})
        >>> fetching(LocalSource("pool").item(1))
        >>> fetching.finish()
        2
    """

    def __init__(self, like: Callable[..., object], names: Mapping[str, object]) -> None:
        self._names = names
        self._variables = inspect.getclosurevars(like)
        self._globals: dict[str, object] = getattr(inspect.unwrap(like), "__globals__", {})
        self._stack: list[Any] = []  # whatever the sources fetch

    def finish(self) -> object:
        """Returns the one value that was fetched."""
        [value] = self._stack
        return value

    def load_local(self, name: str) -> None:
        """Pushes a parameter."""
        self._stack.append(self._names[name])

    def load_closure(self, name: str) -> None:
        """Pushes a closure variable."""
        self._stack.append(self._variables.nonlocals[name])

    def load_global(self, name: str) -> None:
        """Pushes a global variable or a builtin."""
        found = self._globals[name] if name in self._globals else getattr(builtins, name)
        self._stack.append(found)

    def load_const(self, value: Constant) -> None:
        """Pushes a constant."""
        self._stack.append(value)

    def load_import(self, module: str) -> None:
        """Pushes a module."""
        self._stack.append(import_module(module))

    def get_attr(self, member: str) -> None:
        """Replaces a base by its attribute."""
        self._stack.append(getattr(self._stack.pop(), member))

    def get_item(self) -> None:
        """Replaces a base and a key by the item."""
        key = self._stack.pop()
        self._stack.append(self._stack.pop()[key])

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Replaces a function and its arguments by what it returns."""
        values = [self._stack.pop() for _ in range(n_args + len(keywords))][::-1]
        function = self._stack.pop()
        named = dict(zip(keywords, values[n_args:], strict=True))
        self._stack.append(function(*values[:n_args], **named))
