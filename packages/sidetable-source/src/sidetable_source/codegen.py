"""The protocol between sources and compilers: what a source writes code into.

A source knows nothing of a compiler but this protocol, so a compiler that writes bytecode and one
that writes syntax trees use every source unchanged.
"""

from __future__ import annotations

from abc import abstractmethod
from types import EllipsisType
from typing import Protocol, TypeAlias

Constant: TypeAlias = (
    bool
    | int
    | float
    | complex
    | str
    | bytes
    | EllipsisType
    | tuple["Constant", ...]
    | frozenset["Constant"]
    | None
)
"""A value that code can hold: these exact types, no subclasses, nested or not."""


class Reconstructible(Protocol):
    """Something that code can be written for; every `Source` is one."""

    def reconstruct(self, codegen: Codegen) -> None:
        """Write, into the codegen, the code that fetches the object."""


class Codegen(Protocol):
    """Writes code that works on an operand stack, one verb at a time.

    Every verb writes code; none runs any. Written code may pop operands from the stack and pushes
    exactly one result. A finished piece of code has pushed one value in all. Values are evaluated
    in the order in which they were written.

    A source and a construct function are callers: they write, read nothing back, and keep no
    reference to the codegen. A compiler implements the verbs, as a child of this class or not, and
    raises `CodegenError` for code that cannot be written.
    """

    def __call__(self, source: Reconstructible) -> None:
        """Write the source here. Unless it is overridden, it asks the source to write itself.

        A compiler may override it, for example to fetch a source only once that occurs twice.
        """
        source.reconstruct(self)

    @abstractmethod
    def load_local(self, name: str) -> None:
        """Write code that pushes a local variable."""

    @abstractmethod
    def load_closure(self, name: str) -> None:
        """Write code that pushes what a closure variable is when the code runs."""

    @abstractmethod
    def load_global(self, name: str) -> None:
        """Write code that pushes a global variable or, where there is none, a builtin."""

    @abstractmethod
    def load_const(self, value: Constant) -> None:
        """Write code that pushes a constant."""

    @abstractmethod
    def load_import(self, module: str) -> None:
        """Write code that pushes a module, imported when the code runs.

        The name is the full dotted one. The module of that name is pushed, not its first part.
        """

    @abstractmethod
    def get_attr(self, member: str) -> None:
        """Write code that pops a base and pushes its attribute."""

    @abstractmethod
    def get_item(self) -> None:
        """Write code that pops a key, then a base, and pushes `base[key]`."""

    @abstractmethod
    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Write code that pops arguments, then a function, and pushes what the call returns.

        Args:
            n_args: How many positional values were written after the function.
            keywords: The names of the values written after those, in the same order.
        """
