"""The codegen that writes a name: the expression that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sidetable_source.codegen import Codegen
from sidetable_source.errors import CodegenError

from ._literals import literal
from ._names import identifier, module_name
from ._tree import examine_constant

if TYPE_CHECKING:
    from sidetable_source.codegen import Constant, Reconstructible

_OWNER: Final = "The code of a source"


def expression(source: Reconstructible) -> str:
    """Returns, as a Python expression, the code that a source writes.

    A name is written by the same `reconstruct` that writes the code, so the two always agree.

    Args:
        source: The source; nothing of its tree is evaluated.

    Returns:
        The expression, in one line. Its cost grows with its length times the depth of the source.

    Raises:
        CodegenError: If a kind of the user's writes code in a wrong order.
        InvalidSourceError: If it writes a name or a constant that code can not hold.
    """
    codegen = _ExpressionCodegen()
    codegen(source)
    return codegen.stack[0]


class _ExpressionCodegen(Codegen):
    """Writes expressions as text, on a stack of texts."""

    def __init__(self) -> None:
        self.stack: list[str] = []

    def __call__(self, source: Reconstructible) -> None:
        before = len(self.stack)
        super().__call__(source)
        if len(self.stack) != before + 1:
            raise _wrong_order(f"it leaves {len(self.stack) - before} values")

    def load_local(self, name: str) -> None:
        self.stack.append(identifier(_OWNER, "local variable", name))

    def load_closure(self, name: str) -> None:
        self.stack.append(identifier(_OWNER, "closure variable", name))

    def load_global(self, name: str) -> None:
        self.stack.append(identifier(_OWNER, "global variable", name))

    def load_const(self, value: Constant) -> None:
        examine_constant(value, _OWNER)
        self.stack.append(literal(value))

    def load_import(self, module: str) -> None:
        self.stack.append(f'import_module("{module_name(_OWNER, "module", module)}")')

    def get_attr(self, member: str) -> None:
        identifier(_OWNER, "attribute", member)
        (base,) = self._pop(1)
        self.stack.append(f"{_primary(base)}.{member}")

    def get_item(self) -> None:
        base, key = self._pop(2)
        self.stack.append(f"{_primary(base)}[{key}]")

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        names = [identifier(_OWNER, "keyword", keyword) for keyword in keywords]
        values = self._pop(len(names))
        function, *args = self._pop(1 + n_args)
        args += [f"{name}={value}" for name, value in zip(names, values, strict=True)]
        self.stack.append(f"{_primary(function)}({', '.join(args)})")

    def _pop(self, count: int) -> list[str]:
        start = len(self.stack) - count
        if start < 0:
            raise _wrong_order("it uses a value before writing it")
        values = self.stack[start:]
        del self.stack[start:]
        return values


def _primary(text: str) -> str:
    # Python reads `1.real` as a bad number, and `-1[0]` as `-(1[0])`.
    return f"({text})" if text[0] in "-.0123456789" else text


def _wrong_order(what: str) -> CodegenError:
    return CodegenError(
        f"The code of a source is in a wrong order: {what}",
        "Each verb pops its operands and pushes one result, and a source leaves one value",
        "Correct the method reconstruct of the source's kind",
    )
