"""Says what was seen, in words that are safe and the same on every run.

Objects in checks are hostile on purpose, and a target may return anything, so nothing of an
object's own is called, and no address is shown.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from sidetable_conformance.objects.things import Thing
from sidetable_source.errors import printable, type_name

_LONGEST: Final = 300
_OURS: Final = str(Path(__file__).parents[2]) + os.sep


@final
@dataclass(frozen=True, slots=True)
class Caught:
    """What is known of an exception that a target raised, without the exception.

    An exception holds every frame that it came through, and so the objects in them; and whether
    the target keeps it is part of what checks look at, so they neither keep nor change it.

    Attributes:
        kind: Its class.
        text: Its type and text on one line.
        gb_type: Its attribute of that name, where that is a text.
        cause: What its `__cause__` was.
        said: What the target itself calls it, where it says so.
    """

    kind: type[BaseException]
    text: str
    gb_type: str = ""
    cause: Caught | None = None
    said: str = ""

    @classmethod
    def of(cls, error: BaseException, said: str = "") -> Caught:
        """Returns what is known of an exception.

        Args:
            error: The exception.
            said: What the target itself calls it, where it says so.

        Example:
            >>> Caught.of(KeyError("a")).text
            "KeyError: 'a'"
        """
        gb_type = getattr(error, "gb_type", "")
        return cls(
            kind=type(error),
            text=describe_error(error),
            gb_type=gb_type if isinstance(gb_type, str) else "",
            cause=None if error.__cause__ is None else cls.of(error.__cause__),
            said=said,
        )

    def told_apart_from(self, other: Caught) -> bool:
        """Tells whether a caller can tell two: as the target says, or else by type or text.

        Example:
            >>> Caught.of(KeyError(1)).told_apart_from(Caught.of(KeyError(2)))
            True
        """
        if self.said or other.said:
            return self.said != other.said
        return self.kind is not other.kind or self.text != other.text


def describe(value: object) -> str:
    """Returns a phrase for any object.

    Example:
        >>> describe(None), describe(3), describe(Thing("b"))
        ('None', '3', "Thing 'b'")
        >>> describe(set())
        'an object of type set'
    """
    if type(value) is Thing:
        return f"Thing {value.label!r}"
    if value is None or type(value) in (bool, int, str):
        return printable(repr(value), _LONGEST)
    return f"an object of type {printable(type_name(value))}"


def describe_error(error: BaseException) -> str:
    """Returns an exception's type and text on one line.

    A target may say which line of the kit called it. Where the kit lies is left out of that.

    Example:
        >>> describe_error(KeyError("a"))
        "KeyError: 'a'"
    """
    name = printable(type(error).__name__)
    try:
        text = str.replace(str(error), _OURS, "")
    except Exception:  # noqa: BLE001  # whatever a stranger's __str__ raises
        return f"{name}, whose text can not be read"
    return f"{name}: {printable(text, _LONGEST)}" if text else name
