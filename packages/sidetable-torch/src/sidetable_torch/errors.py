"""The errors of this package."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, final

from sidetable_source import SideTableError
from sidetable_source.errors import printable

_SHOWN: Final = 20


@final
class RepairError(SideTableError, RuntimeError):
    """The repair cannot be installed, or cannot be uninstalled; nothing has changed.

    Args:
        what: What was found.
        why: Why that is refused.
        hint: What to do.

    Example:
        >>> print(RepairError("This is torch 1.0", "It has no side table", "Use torch 2.13"))
        [ST501] This is torch 1.0. It has no side table. Use torch 2.13.
    """

    code: ClassVar[str] = "ST501"

    def __init__(self, what: str, why: str, hint: str) -> None:
        super().__init__(what, why, hint)
        self.what = what
        self.why = why
        self.hint = hint

    def _sentences(self) -> tuple[str, ...]:
        return tuple(printable(part, 1000) for part in (self.what, self.why, self.hint))


@final
class MissingObjectsError(SideTableError, LookupError):
    """A graph cannot find all the objects that it carries.

    Args:
        missing: Every source that finds nothing, as a readable expression, and why.

    Example:
        >>> print(MissingObjectsError([("DATABASE", "NameError"), ("self.log", "AttributeError")]))
        [ST511] The graph cannot find 2 objects here: DATABASE (NameError); self.log \
(AttributeError). A graph keeps the sources of its objects, not the objects. Define them under \
these names before you load or call the graph.
    """

    code: ClassVar[str] = "ST511"

    def __init__(self, missing: Iterable[tuple[str, str]]) -> None:
        missing = tuple(missing)
        super().__init__(missing)
        self.missing = missing

    def _sentences(self) -> tuple[str, ...]:
        count = len(self.missing)
        shown = [f"{printable(name)} ({printable(why)})" for name, why in self.missing[:_SHOWN]]
        if count > _SHOWN:
            shown.append(f"and {count - _SHOWN} more")
        objects = "an object" if count == 1 else f"{count} objects"
        return (
            f"The graph cannot find {objects} here: {'; '.join(shown)}",
            "A graph keeps the sources of its objects, not the objects",
            "Define them under these names before you load or call the graph",
        )


@final
class CustomOpError(SideTableError, ValueError):
    """A custom op cannot be declared as asked; nothing was defined.

    Args:
        op: The op's name.
        what: What was found.
        why: Why that is refused.
        hint: What to do.

    Example:
        >>> print(CustomOpError("my::op", 'objects names "p"', "There is x", "Name parameters"))
        [ST521] Custom op my::op: objects names "p". There is x. Name parameters.
    """

    code: ClassVar[str] = "ST521"

    def __init__(self, op: str, what: str, why: str, hint: str) -> None:
        super().__init__(op, what, why, hint)
        self.op = op
        self.what = what
        self.why = why
        self.hint = hint

    def _sentences(self) -> tuple[str, ...]:
        return (f"Custom op {printable(self.op)}: {self.what}", self.why, self.hint)


@final
class ObjectAbsentError(SideTableError, RuntimeError):
    """The fake implementation of a custom op uses an object, and tracing has none.

    Args:
        op: The op's name.
        parameter: The name of the object's parameter.
        attribute: The attribute that was read.

    Example:
        >>> print(ObjectAbsentError("mylib::scale", "policy", "factor"))
        [ST522] The fake implementation of mylib::scale reads policy.factor. It gets no object, \
because what it returns must be right for every object. Compute shapes from tensors and numbers, \
and pass the op whatever else they depend on.
    """

    code: ClassVar[str] = "ST522"

    def __init__(self, op: str, parameter: str, attribute: str) -> None:
        super().__init__(op, parameter, attribute)
        self.op = op
        self.parameter = parameter
        self.attribute = attribute

    def _sentences(self) -> tuple[str, ...]:
        asked = f"{printable(self.parameter)}.{printable(self.attribute)}"
        return (
            f"The fake implementation of {printable(self.op)} reads {asked}",
            "It gets no object, because what it returns must be right for every object",
            "Compute shapes from tensors and numbers, and pass the op whatever else they depend on",
        )
