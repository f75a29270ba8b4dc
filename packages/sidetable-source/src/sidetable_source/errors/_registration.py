"""ST2xx: an object that can not be registered or bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NoReturn

from ._error import SideTableError
from ._text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence


class Unsupported(SideTableError, RuntimeError):  # noqa: N818  # PyTorch's own name for it
    """A tracer meets something that it can not put into a graph.

    The four facts and their names are PyTorch's, so that a tracer can report both alike.

    Args:
        gb_type: The short, constant name of the case.
        context: What was met, this time.
        explanation: Why it is not supported.
        hints: What to do, one sentence each.

    Example:
        >>> print(Unsupported("Opaque object", "a lock", "It has no type", ("Pass an index.",)))
        [ST201] Opaque object (a lock). It has no type. Pass an index.
    """

    code: ClassVar[str] = "ST201"

    def __init__(
        self, gb_type: str, context: str, explanation: str, hints: Sequence[str] = ()
    ) -> None:
        hints = tuple(hints)
        super().__init__(gb_type, context, explanation, hints)
        self.gb_type = gb_type
        self.context = context
        self.explanation = explanation
        self.hints = hints

    def _sentences(self) -> tuple[str, ...]:
        context = f" ({printable(self.context)})" if self.context else ""
        return (printable(self.gb_type) + context, self.explanation, *self.hints)


def unimplemented(
    *,
    gb_type: str,
    context: str,
    explanation: str,
    hints: Sequence[str] = (),
    from_exc: BaseException | None = None,
) -> NoReturn:
    """Raises `Unsupported`; the one way to give up on something while tracing.

    Args:
        gb_type: The short, constant name of the case.
        context: What was met, this time.
        explanation: Why it is not supported.
        hints: What to do, one sentence each.
        from_exc: The error that is the cause, if there is one.

    Raises:
        Unsupported: Always; its `__cause__` is `from_exc`.

    Example:
        >>> unimplemented(gb_type="Generator", context="f", explanation="It has no end")
        Traceback (most recent call last):
        sidetable_source.errors.Unsupported: [ST201] Generator (f). It has no end.
    """
    error = Unsupported(gb_type, context, explanation, hints)
    if from_exc is None:
        raise error
    raise error from from_exc


class NotWeakReferenceableError(SideTableError, TypeError):
    """A table is given an object that it can not hold weakly.

    Args:
        type_name: The name of the object's type.
        table: The table's display name.
        index: The index that the object was meant for, where there is one.
        operation: What was being done: `store`, `set`.

    Example:
        >>> print(NotWeakReferenceableError("int", "streams", 1))
        [ST202] store() on table streams can not hold the int at index 1. A table holds objects \
weakly, and an int can not be weakly referenced. Put it into an object that can be weakly \
referenced. Or register it with hold="frame", and bind it in a frame or an entry function.
    """

    code: ClassVar[str] = "ST202"

    def __init__(
        self, type_name: str, table: str, index: int | None = None, operation: str = "store"
    ) -> None:
        super().__init__(type_name, table, index, operation)
        self.type_name = type_name
        self.table = table
        self.index = index
        self.operation = operation

    def _sentences(self) -> tuple[str, ...]:
        kind = printable(self.type_name)
        where = "" if self.index is None else f" at index {printable(self.index)}"
        article = "an" if kind[:1].lower() in "aeiou" else "a"
        what = f"{printable(self.operation)}() on table {printable(self.table)}"
        return (
            f"{what} can not hold the {kind}{where}",
            f"A table holds objects weakly, and {article} {kind} can not be weakly referenced",
            "Put it into an object that can be weakly referenced",
            'Or register it with hold="frame", and bind it in a frame or an entry function',
        )
