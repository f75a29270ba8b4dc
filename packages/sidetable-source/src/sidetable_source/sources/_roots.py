"""The sources that a chain starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, final

from ._chain import Source
from ._frozen import Frozen, fields_of
from ._names import identifier, module_name
from ._tree import examine, examine_constant

if TYPE_CHECKING:
    from sidetable_source.codegen import Codegen, Constant


@final
class LocalSource(Frozen, Source):
    """A local variable or parameter of the function that the code is for.

    Args:
        local_name: The name of the variable.

    Raises:
        InvalidSourceError: If the name is none that code can use.

    Example:
        >>> LocalSource("self").name
        'self'
    """

    __slots__ = ("local_name",)
    __match_args__ = ("local_name",)
    local_name: str

    def __new__(cls, local_name: str) -> Self:
        return cls._made(local_name)

    @property
    def parts(self) -> tuple[object, ...]:
        """Nothing: the chain starts here."""
        (local_name,) = fields_of(self)
        identifier("LocalSource", "local_name", local_name)
        return ()

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the load of the variable."""
        examine(self)
        codegen.load_local(self.local_name)


@final
class ClosureSource(Frozen, Source):
    """A variable that the function closes over, as it is when the code runs.

    Args:
        closure_name: The name of the variable.

    Raises:
        InvalidSourceError: If the name is none that code can use.

    Example:
        >>> ClosureSource("lock").name
        'lock'
    """

    __slots__ = ("closure_name",)
    __match_args__ = ("closure_name",)
    closure_name: str

    def __new__(cls, closure_name: str) -> Self:
        return cls._made(closure_name)

    @property
    def parts(self) -> tuple[object, ...]:
        """Nothing: the chain starts here."""
        (closure_name,) = fields_of(self)
        identifier("ClosureSource", "closure_name", closure_name)
        return ()

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the load of the variable."""
        examine(self)
        codegen.load_closure(self.closure_name)


@final
class GlobalSource(Frozen, Source):
    """A global variable of the function's module, or a builtin.

    Args:
        global_name: The name of the variable.

    Raises:
        InvalidSourceError: If the name is none that code can use.

    Example:
        >>> GlobalSource("registry").item("default").name
        'registry["default"]'
    """

    __slots__ = ("global_name",)
    __match_args__ = ("global_name",)
    global_name: str

    def __new__(cls, global_name: str) -> Self:
        return cls._made(global_name)

    @property
    def parts(self) -> tuple[object, ...]:
        """Nothing: the chain starts here."""
        (global_name,) = fields_of(self)
        identifier("GlobalSource", "global_name", global_name)
        return ()

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the load of the variable."""
        examine(self)
        codegen.load_global(self.global_name)


@final
class ConstantSource(Frozen, Source):
    """A constant, written into the code itself.

    Args:
        value: None, `...`, a bool, int, float, complex, str or bytes, or a tuple or frozenset of
            these; exactly these types, no subclasses.

    Raises:
        InvalidSourceError: If code can not hold the value.

    Example:
        >>> ConstantSource(1) == ConstantSource(True)
        False
        >>> ConstantSource(-1).attr("real").name
        '(-1).real'
    """

    __slots__ = ("value",)
    __match_args__ = ("value",)
    value: Constant

    def __new__(cls, value: Constant) -> Self:
        return cls._made(value)

    @property
    def parts(self) -> tuple[object, ...]:
        """The constant."""
        (value,) = fields_of(self)
        examine_constant(value, "ConstantSource")
        return (value,)

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the load of the constant."""
        examine(self)
        codegen.load_const(self.value)


@final
class ImportSource(Frozen, Source):
    """A module, imported when the code runs, never when the source is made.

    Args:
        module: The full dotted name; the source stands for the module of that name.

    Raises:
        InvalidSourceError: If it is not the full name of a module.

    Example:
        >>> ImportSource("os.path").attr("join").call("a", "b").name
        'import_module("os.path").join("a", "b")'
    """

    __slots__ = ("module",)
    __match_args__ = ("module",)
    module: str

    def __new__(cls, module: str) -> Self:
        return cls._made(module)

    @property
    def parts(self) -> tuple[object, ...]:
        """Nothing: the chain starts here."""
        (module,) = fields_of(self)
        module_name("ImportSource", "module", module)
        return ()

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the import, and the load of the module."""
        examine(self)
        codegen.load_import(self.module)
