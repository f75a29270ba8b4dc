"""Says of an object that a check made which kind it is, so that a trace can make one like it.

Nothing of the object is called: many are hostile on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, MethodType
from typing import Final, cast

from sidetable_conformance.objects.kinds import CARRIERS, REFERENCEABLE, UNREFERENCEABLE

from .making import CALLABLE, METHOD, PLAIN, PLAIN_REFUSED

_KINDS: Final[Mapping[type[object], str]] = MappingProxyType(
    {
        **{type(kind.make()): kind.name for kind in (*UNREFERENCEABLE, *REFERENCEABLE)},
        frozenset: "a frozenset",
        MethodType: METHOD,
    }
)
_SLOTTED: Final = type(CARRIERS[-1].wrap(None))
_SMALL: Final = 2**31


def kind_of(value: object) -> str:
    """Returns the name of an object's kind, or of the plainest one that stands for it.

    Example:
        >>> kind_of(5), kind_of([]), kind_of(set())
        ('a small int', 'a list', 'a set')
    """
    kind = type(value)
    if kind is int:
        return PLAIN_REFUSED if abs(cast("int", value)) < _SMALL else "a large int"
    if kind is tuple:
        return "a tuple" if value else "an empty tuple"
    if content_of(value) is not None:
        return f"{_KINDS[kind]} around an object"
    return _KINDS.get(kind) or _stranger(value)


def _stranger(value: object) -> str:
    kind = type(value)
    if kind.__weakrefoffset__:
        return CALLABLE if callable(value) else PLAIN
    own = [kind.__repr__ is not object.__repr__, kind.__str__ is not object.__str__]
    match own:
        case [True, True]:
            return "a value that can not be printed in any way"
        case [True, False]:
            return "a value whose __repr__ raises"
        case [False, True]:
            return "a value whose __str__ raises"
        case _:
            return PLAIN_REFUSED


def content_of(value: object) -> object | None:
    """Returns what an object holds that can not be weakly referenced itself, or None.

    Example:
        >>> content_of(["a"]), content_of([]), content_of(5)
        ('a', None, None)
    """
    if type(value) in (tuple, list):
        items = cast("tuple[object, ...]", value)
        return items[0] if items else None
    if type(value) is dict:
        return cast("dict[str, object]", value).get("content")
    return getattr(value, "content", None) if type(value) is _SLOTTED else None
