"""Objects told apart by number, without keeping any of them alive."""

from __future__ import annotations

import weakref
from contextlib import suppress
from types import MemberDescriptorType
from typing import Final, final


@final
class Identities:
    """Gives each object a number, and knows by weak references which of them are alive.

    An object without weak references is known as long as every look finds it: after
    a look that did not, the same address is another object.
    """

    def __init__(self) -> None:
        self._numbers: Final[dict[int, int]] = {}
        self._references: Final[dict[int, weakref.ref[object]]] = {}
        self._labels: Final[dict[int, tuple[str, str]]] = {}
        self._found: Final[set[int]] = set()

    def begin_look(self) -> None:
        """Begins to look at everything that there is."""
        self._found.clear()

    def end_look(self) -> None:
        """Ends the look: forgets the addresses of what was not found and has no reference."""
        for address, number in tuple(self._numbers.items()):
            if number not in self._found and number not in self._references:
                del self._numbers[address]

    def number_of(self, value: object) -> int:
        """Returns the number of an object, a new one where it was not seen before."""
        number = self._numbers.get(id(value))
        reference = None if number is None else self._references.get(number)
        if number is None or (reference is not None and reference() is not value):
            number = len(self._labels) + 1
            self._numbers[id(value)] = number
            self._labels[number] = ("", "")
            # What has none is told apart by its address, while it is found.
            with suppress(TypeError):
                self._references[number] = weakref.ref(value)
        if not self._labels[number][1]:
            self._labels[number] = (type(value).__name__, name_of(value))
        self._found.add(number)
        return number

    def label(self, number: int) -> tuple[str, str]:
        """Returns the name of an object's class, and the name that it has itself or ""."""
        return self._labels[number]

    def life(self, number: int) -> str:
        """Returns `alive` or `dead`, or `unknown` where nothing tells any more."""
        reference = self._references.get(number)
        if reference is None:
            return "alive" if number in self._found else "unknown"
        return "dead" if reference() is None else "alive"


def name_of(value: object) -> str:
    """Returns the text that an object has as its `name`, or "". Runs no code of the object's.

    Example:
        >>> class Pool:
        ...     def __init__(self): self.name = "one"
        >>> name_of(Pool())
        'one'
    """
    try:
        own = object.__getattribute__(value, "__dict__")
        found = own.get("name") if type(own) is dict else None
    except AttributeError:
        slot = type(value).__dict__.get("name")
        if type(slot) is not MemberDescriptorType:
            return ""
        try:
            found = slot.__get__(value)
        except AttributeError:
            return ""
    return found if type(found) is str else ""
