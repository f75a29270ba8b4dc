"""The objects of a trace: how a script writes them, and how they are made from the same text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias, cast, final

PLAIN: Final = "a plain object"
PLAIN_REFUSED: Final = "a small int"
METHOD: Final = "a bound method"
OWNER: Final = "an object with a method"
CALLABLE: Final = "an object that can be called"


@final
@dataclass(frozen=True, slots=True)
class Text:
    """How a script makes one kind of object.

    Attributes:
        expression: Makes it from `name`, its own, and `content`, the object that it holds.
        definition: A line that has to come first.
        referenceable: Whether it can be weakly referenced.
        printable: Whether it can be printed.
    """

    expression: str
    definition: str = ""
    referenceable: bool = True
    printable: bool = True


def _of(name: str, body: str) -> Text:
    return Text(f"{name}()", f"class {name}: {body}")


def _refused(expression: str, definition: str = "", *, printable: bool = True) -> Text:
    return Text(expression, definition, referenceable=False, printable=printable)


_SLOTTED: Final = "class Slotted: __slots__ = ('content',)"
_UNPRINTABLE: Final = "class Unprintable: __slots__ = (); "

TEXTS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        PLAIN: Text("Thing(name)", "class Thing(str): pass"),
        "an object that is equal to everything": _of(
            "Equal", "__eq__ = lambda self, other: True; __hash__ = lambda self: 1"
        ),
        "an object that can not be compared or hashed": _of(
            "Incomparable", "__eq__ = __hash__ = None"
        ),
        "an object that is unhashable": _of("Unhashable", "__hash__ = None"),
        "an object that is false": _of("Untrue", "__bool__ = lambda self: False"),
        "an object whose truth can not be asked": _of("Undecided", "__bool__ = None"),
        "an object of length 0": _of("Empty", "__len__ = lambda self: 0"),
        "an object whose length can not be asked": _of("Uncountable", "__len__ = None"),
        "an object that has every attribute": _of(
            "Answering", "__getattr__ = lambda self, name: 'anything'"
        ),
        "an object whose attributes can not be asked": _of("Closed", "__getattr__ = None"),
        "an object that is hostile throughout": _of(
            "Hostile", "__eq__ = __hash__ = __bool__ = __len__ = __getattr__ = None"
        ),
        "a slotted object with __weakref__": _of("Smallest", "__slots__ = ('__weakref__',)"),
        "a list of a subclass": Text("List()", "class List(list): pass"),
        "a function": Text("lambda: None"),
        "a class": Text("type('Made', (), {})"),
        "a module": Text("type(weakref)('made')"),
        "a set": Text("set()"),
        "a frozenset": Text("frozenset()"),
        "a generator": Text("(None for _ in ())"),
        "a lock": Text("__import__('threading').Lock()"),
        OWNER: _of("Owner", "method = lambda self: None"),
        METHOD: Text("content.method"),
        CALLABLE: _of("Callable", "__call__ = lambda self: called.append('the object')"),
        PLAIN_REFUSED: _refused("5"),
        "a large int": _refused("10**30"),
        "a str": _refused("'text'"),
        "bytes": _refused("b'bytes'"),
        "an empty tuple": _refused("()"),
        "a tuple": _refused("(content,)"),
        "a list": _refused("[]"),
        "a dict": _refused("{}"),
        "None": _refused("None"),
        "an object()": _refused("object()"),
        "a slotted object": _refused("Slotted()", _SLOTTED),
        "a list around an object": _refused("[content]"),
        "a dict around an object": _refused("{'held': content}"),
        "a slotted object around an object": _refused(
            "Slotted(content)",
            f"{_SLOTTED}; __init__ = lambda self, x: setattr(self, 'content', x)",
        ),
        "a value whose __repr__ raises": _refused(
            "Unprintable()", f"{_UNPRINTABLE}__repr__ = None", printable=False
        ),
        "a value whose __str__ raises": _refused(
            "Unprintable()", f"{_UNPRINTABLE}__str__ = None", printable=False
        ),
        "a value that can not be printed in any way": _refused(
            "Unprintable()", f"{_UNPRINTABLE}__repr__ = __str__ = None", printable=False
        ),
    }
)
"""Every kind that checks use, by its name."""


@final
@dataclass(frozen=True, slots=True)
class Made:
    """One object of a trace.

    Attributes:
        kind: Its kind, a name of `TEXTS`.
        content: The number of the object that it holds, if it holds one.
    """

    kind: str = PLAIN
    content: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it needs no more words."""
        return self.kind == PLAIN

    @property
    def text(self) -> Text:
        """How a script makes it."""
        return TEXTS[self.kind]


Make: TypeAlias = Callable[[str, object], object]
"""Makes an object of one kind, from its name and what it holds."""


def maker(text: Text, namespace: dict[str, object]) -> Make:
    """Returns what makes objects of a kind, from the very text that a script has.

    Args:
        text: The text.
        namespace: What the text may refer to; what it defines is put there.

    Example:
        >>> maker(TEXTS[PLAIN], {})("a", None)
        'a'
    """
    source = f"{text.definition}\nmake = lambda name, content: {text.expression}"
    exec(source, namespace)  # noqa: S102  # a constant of this file
    return cast("Make", namespace["make"])


def written(text: Text, name: str, content: str) -> str:
    """Returns the expression as a script has it.

    Example:
        >>> written(TEXTS[PLAIN], "a", "")
        "Thing('a')"
    """
    given = {"name": repr(name), "content": content}
    return re.sub(r"\b(name|content)\b", lambda found: given[found[0]], text.expression)
