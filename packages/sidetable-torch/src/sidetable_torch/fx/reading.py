"""Code that is traced reads stand-ins where it would read objects; nothing of the user's changes.

A function is traced as a copy with other cells and other globals, and modules answer the tracing
thread, and no other, with stand-ins.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident
from types import CellType, CodeType, FunctionType, MethodType
from typing import Final

import torch

from sidetable_source import ClosureSource, GlobalSource, ImportSource, Source

Read = Callable[[object, Source], object]
ReadAttribute = Callable[[torch.nn.Module, str, object], object]

# What every module of PyTorch's has for itself.
MACHINERY: Final = frozenset(vars(torch.nn.Module()))
_WRITES: Final = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF"})


class Globals(dict[str, object]):
    """The global variables of a function, read through: always as they are now.

    Args:
        live: The function's own.
        read: Gets each value that is read, with its source, and returns what to use.
        source_of: Returns the source of a global variable.
    """

    def __init__(
        self, live: dict[str, object], read: Read, source_of: Callable[[str], Source]
    ) -> None:
        super().__init__(live)
        self.live = live
        self._read = read
        self._source_of = source_of

    def __getitem__(self, name: str) -> object:
        return self._read(self.live[name], self._source_of(name))


def global_sources(
    namespace: Mapping[str, object], like: FunctionType
) -> Callable[[str], Source] | None:
    """Returns what makes sources of the global variables in a namespace.

    Args:
        namespace: The namespace.
        like: The function whose code the sources are to be written into.

    Returns:
        None, if code of that function's can not reach the namespace.
    """
    if namespace is like.__globals__:
        return GlobalSource
    name = namespace.get("__name__")
    if type(name) is str and getattr(sys.modules.get(name), "__dict__", None) is namespace:
        return ImportSource(name).attr
    return None


def reading(function: FunctionType, like: FunctionType, read: Read) -> FunctionType:
    """Returns a function with the same code that reads variables through `read`.

    Args:
        function: The function.
        like: The function whose code the sources are to be written into. What `function` closes
            over is read so only if it is the same.
        read: Gets each value that is read, with its source, and returns what to use.

    Returns:
        The copy; the function itself, if it assigns to such variables.
    """
    if any(_writes(code) for code in _codes(function.__code__)):
        return function
    source_of = global_sources(function.__globals__, like)
    namespace = function.__globals__
    if source_of is not None:
        namespace = Globals(namespace, read, source_of)
    cells = function.__closure__
    if function is like and cells is not None:
        names = function.__code__.co_freevars
        cells = tuple(
            _cell(cell, ClosureSource(name), read) for name, cell in zip(names, cells, strict=True)
        )
    copy = FunctionType(
        function.__code__, namespace, function.__name__, function.__defaults__, cells
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__annotations__ = function.__annotations__
    return copy


@contextmanager
def modules_read(read: ReadAttribute) -> Generator[None]:
    """Lets every module of PyTorch's answer this thread with what `read` makes of its attributes.

    Args:
        read: Gets the module, the name and the value, and returns what to use. Not asked for what
            is PyTorch's own.
    """
    module_type = torch.nn.Module
    own = vars(module_type).get("__getattribute__")
    original = module_type.__getattribute__
    thread = get_ident()

    def __getattribute__(module: torch.nn.Module, name: str) -> object:  # noqa: N807  # its name
        value = original(module, name)
        if get_ident() != thread or name in MACHINERY or name.startswith("__"):
            return value
        return read(module, name, value)

    module_type.__getattribute__ = __getattribute__  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        if own is None:
            del module_type.__getattribute__
        else:
            module_type.__getattribute__ = own  # type: ignore[method-assign]


def forward_of(module: torch.nn.Module, value: object) -> FunctionType | None:
    """Returns the function of a method that is bound to a module; None for anything else."""
    if type(value) is MethodType and value.__self__ is module:
        function = value.__func__
        return function if type(function) is FunctionType else None
    return None


def _cell(cell: CellType, source: Source, read: Read) -> CellType:
    try:
        value = cell.cell_contents
    except ValueError:  # nothing has been assigned to it yet
        return cell
    new = read(value, source)
    return cell if new is value else CellType(new)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yields the code and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _writes(code: CodeType) -> bool:
    outer = {*code.co_freevars, *code.co_names}
    return any(
        step.opname in _WRITES and step.argval in outer for step in dis.get_instructions(code)
    )
