"""The kinds of object that a table must be able to carry, and those that it must refuse.

Objects are made anew for each use, so that a check is their only owner.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Final, NoReturn, final

from sidetable_conformance.objects.things import Thing


@final
@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Attributes:
        name: A phrase for messages: "an object that is false".
        make: Makes a new one.
    """

    name: str
    make: Callable[[], object]


@final
@dataclass(frozen=True, slots=True)
class Carrier:
    """A kind of object that can not be weakly referenced and keeps another one alive.

    What it keeps dies when it does: the death of an object that nobody can refer to is seen.

    Attributes:
        name: A phrase for messages: "a list".
        wrap: Makes a new one around an object.
    """

    name: str
    wrap: Callable[[object], object]


def _refuse(self: object, *_: object) -> NoReturn:  # noqa: ARG001  # it stands for methods
    raise RuntimeError("a table called a method of an object that it merely carries")


class EqualToAll:
    """Equal to everything and neither above nor below anything, with one hash for all."""

    def __eq__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return False

    def __le__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return False

    def __ge__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 1


class _Incomparable:
    __eq__ = _refuse
    __hash__ = _refuse


class _Unhashable:
    __hash__ = None  # type: ignore[assignment]  # as Python itself writes it


class _False:
    def __bool__(self) -> bool:
        return False


class _Undecided:
    __bool__ = _refuse


class _Empty:
    def __len__(self) -> int:
        return 0


class _Uncountable:
    __len__ = _refuse


class _Answering:
    def __getattr__(self, name: str) -> object:
        return Thing


class _Closed:
    __getattr__ = _refuse


class _Hostile:
    __eq__ = __bool__ = __len__ = __getattr__ = _refuse
    __hash__ = _refuse


class _List(list[object]):
    pass


class Numbered:
    """What can be an index and is no int, as the integers of array libraries are.

    Args:
        number: What its `__index__` returns.
    """

    def __init__(self, number: int) -> None:
        self._number: Final = number

    def __index__(self) -> int:
        return self._number

    def __repr__(self) -> str:
        return f"an object for {self._number}"


class Smallest:
    """As small as an object gets that can be weakly referenced."""

    __slots__ = ("__weakref__",)


class _Slotted:
    __slots__ = ("content",)

    def __init__(self, content: object) -> None:
        self.content = content


REFERENCEABLE: Final = (
    Kind("a plain object", lambda: Thing("plain")),
    Kind("an object that is equal to everything", EqualToAll),
    Kind("an object that can not be compared or hashed", _Incomparable),
    Kind("an object that is unhashable", _Unhashable),
    Kind("an object that is false", _False),
    Kind("an object whose truth can not be asked", _Undecided),
    Kind("an object of length 0", _Empty),
    Kind("an object whose length can not be asked", _Uncountable),
    Kind("an object that has every attribute", _Answering),
    Kind("an object whose attributes can not be asked", _Closed),
    Kind("an object that is hostile throughout", _Hostile),
    Kind("a slotted object with __weakref__", Smallest),
    Kind("a list of a subclass", _List),
    Kind("a function", lambda: lambda: None),
    Kind("a class", lambda: type("Made", (), {})),
    Kind("a module", lambda: ModuleType("made")),
    Kind("a set", set),
    Kind("a generator", lambda: (None for _ in ())),
    Kind("a lock", threading.Lock),
)
"""Kinds that can be weakly referenced, most of them hostile or against expectation."""

UNREFERENCEABLE: Final = (
    Kind("a small int", lambda: 5),
    Kind("a large int", lambda: 10**30),
    Kind("a str", lambda: "text"),
    Kind("bytes", lambda: b"bytes"),
    Kind("an empty tuple", tuple),
    Kind("a tuple", lambda: (Thing("in a tuple"),)),
    Kind("a list", list),
    Kind("a dict", dict),
    Kind("None", lambda: None),
    Kind("an object()", object),
    Kind("a slotted object", lambda: _Slotted(None)),
)
"""Kinds that can not be weakly referenced."""

CARRIERS: Final = (
    Carrier("a tuple", lambda content: (content,)),
    Carrier("a list", lambda content: [content]),
    Carrier("a dict", lambda content: {"content": content}),
    Carrier("a slotted object", _Slotted),
)
"""Kinds that can not be weakly referenced, and whose death can be seen all the same."""
