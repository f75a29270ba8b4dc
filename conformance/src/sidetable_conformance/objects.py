"""The objects that checks use, and the words in which they say what they saw."""

from __future__ import annotations

import inspect
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NoReturn, final

from sidetable_source import Codegen, Source
from sidetable_source.errors import printable, type_name

# --- The plain object that checks put into tables ------------------------------------------------


@final
class Thing:
    """An object with a label, so that a report can say which one was seen.

    It can be weakly referenced, is equal only to itself, and is small.

    Attributes:
        label: Its name in messages.
    """

    def __init__(self, label: str) -> None:
        self.label = label


def things(count: int, prefix: str = "") -> list[Thing]:
    """Return this many new things, labelled from 0."""
    return [Thing(f"{prefix}{number}") for number in range(count)]


class Planned(Exception):  # noqa: N818  # no error, but a way back
    """Raised by a check itself, to see what an exception leaves behind."""


# --- Says what was seen, in words that are safe and the same on every run ------------------------

_LONGEST: Final = 300
_OURS: Final = str(Path(__file__).parents[1]) + os.sep


@final
@dataclass(frozen=True, slots=True)
class Caught:
    """The facts of an exception that a target raised, without the exception itself.

    An exception holds every frame that it came through, and so the objects in them. Whether the
    target keeps it is part of what checks look at, so they neither keep nor change it.

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
        """Return what is known of an exception."""
        gb_type = getattr(error, "gb_type", "")
        return cls(
            kind=type(error),
            text=describe_error(error),
            gb_type=gb_type if isinstance(gb_type, str) else "",
            cause=None if error.__cause__ is None else cls.of(error.__cause__),
            said=said,
        )

    def told_apart_from(self, other: Caught) -> bool:
        """Return whether a caller can tell two apart, by the target's word, type or text."""
        if self.said or other.said:
            return self.said != other.said
        return self.kind is not other.kind or self.text != other.text


def describe(value: object) -> str:
    """Return a phrase for any object."""
    if type(value) is Thing:
        return f"Thing {value.label!r}"
    if value is None or type(value) in (bool, int, str):
        return printable(repr(value), _LONGEST)
    return f"an object of type {printable(type_name(value))}"


def describe_error(error: BaseException) -> str:
    """Return an exception's type and text on one line.

    A target may say which line of the kit called it. Where the kit lies is left out of that.
    """
    name = printable(type(error).__name__)
    try:
        text = str.replace(str(error), _OURS, "")
    except Exception:  # noqa: BLE001  # whatever a stranger's __str__ raises
        return f"{name}, whose text cannot be read"
    return f"{name}: {printable(text, _LONGEST)}" if text else name


def place_of(covers: Callable[[str], bool]) -> str:
    """Return the innermost running line in a covered file; "" for none."""
    frame = inspect.currentframe()
    while frame is not None and not covers(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return ""
    path = Path(frame.f_code.co_filename)
    inside = path.is_relative_to(Path.cwd())
    shown = path.relative_to(Path.cwd()) if inside else Path(*path.parts[-2:])
    return printable(f"{shown.as_posix()}:{frame.f_lineno} in {frame.f_code.co_qualname}")


# --- The kinds of object that a table must be able to carry, and those that it must refuse -------


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
    """A kind of object that cannot be weakly referenced and keeps another one alive.

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


_METHODS: Final = ("__eq__", "__hash__", "__bool__", "__len__", "__getattr__")


def _no(_: object) -> bool:
    return False  # which is 0, too


def _anything(*_: object) -> object:
    return Thing


def _made(name: str, **methods: object) -> Callable[[], object]:
    """Return a class with these methods."""
    return type(name, (), methods)


class _List(list[object]):
    pass


class Numbered:
    """A number that can be an index but is not an int, as in array libraries."""

    def __init__(self, number: int) -> None:
        self._number: Final = number

    def __index__(self) -> int:
        return self._number

    def __repr__(self) -> str:
        return f"an object for {self._number}"


class Smallest:
    """The smallest object that can be weakly referenced."""

    __slots__ = ("__weakref__",)


class _Slotted:
    __slots__ = ("content",)

    def __init__(self, content: object) -> None:
        self.content = content


REFERENCEABLE: Final = (
    Kind("a plain object", lambda: Thing("plain")),
    Kind("an object that is equal to everything", EqualToAll),
    Kind(
        "an object that cannot be compared or hashed",
        _made("_Incomparable", __eq__=_refuse, __hash__=_refuse),
    ),
    Kind("an object that is unhashable", _made("_Unhashable", __hash__=None)),
    Kind("an object that is false", _made("_False", __bool__=_no)),
    Kind("an object whose truth cannot be asked", _made("_Undecided", __bool__=_refuse)),
    Kind("an object of length 0", _made("_Empty", __len__=_no)),
    Kind("an object whose length cannot be asked", _made("_Uncountable", __len__=_refuse)),
    Kind("an object that has every attribute", _made("_Answering", __getattr__=_anything)),
    Kind("an object whose attributes cannot be asked", _made("_Closed", __getattr__=_refuse)),
    Kind(
        "an object that is hostile throughout",
        _made("_Hostile", **dict.fromkeys(_METHODS, _refuse)),
    ),
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
"""Kinds that cannot be weakly referenced."""

CARRIERS: Final = (
    Carrier("a tuple", lambda content: (content,)),
    Carrier("a list", lambda content: [content]),
    Carrier("a dict", lambda content: {"content": content}),
    Carrier("a slotted object", _Slotted),
)
"""Kinds that cannot be weakly referenced, and whose death can be seen all the same."""


# --- Sources that try to have code run which nobody wrote into a codegen -------------------------

_MODULE: Final = "sidetable canary"
PAYLOAD: Final = f'__import__("{_MODULE}").sing()'
"""An expression that makes the canary sing, if somebody evaluates it."""


@final
class Canary(ModuleType):
    """Knows how often it was made to sing.

    Attributes:
        songs: How often.
    """

    def __init__(self) -> None:
        super().__init__(_MODULE)
        self.songs: int = 0

    def sing(self) -> str:
        """Sings."""
        self.songs += 1
        return "song"


@contextmanager
def canary() -> Generator[Canary, None, None]:
    """Keep a canary where `PAYLOAD` finds it, inside the block."""
    bird = Canary()
    sys.modules[_MODULE] = bird
    try:
        yield bird
    finally:
        del sys.modules[_MODULE]


@final
class Verbs(Source):
    """A source that writes whatever it is told to, and whose name and repr are hostile."""

    def __init__(self, *verbs: tuple[Any, ...]) -> None:  # whatever a hostile source passes
        self._verbs: Final = verbs

    def reconstruct(self, codegen: Codegen) -> None:
        """Write them."""
        for verb, *arguments in self._verbs:
            getattr(codegen, verb)(*arguments)

    @property
    def name(self) -> str:
        """The payload."""
        return PAYLOAD

    def __repr__(self) -> str:
        return PAYLOAD


@final
class Quoted(str):
    """A string whose repr is code that runs."""

    __slots__ = ()

    def __repr__(self) -> str:
        return PAYLOAD


@final
class Lookups:
    """What has every item, and is its own attribute `itself`.

    Attributes:
        keys: By what its items were got.
        steps: How often that attribute was.
    """

    def __init__(self) -> None:
        self.keys: Final[list[object]] = []
        self.steps: int = 0

    def __getitem__(self, key: object) -> Lookups:
        self.keys.append(key)
        return self

    @property
    def itself(self) -> Lookups:
        """The same object."""
        self.steps += 1
        return self
