"""What the indices mean in each context, for the correct table of profile isolation."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from itertools import count
from types import MappingProxyType
from typing import Final, TypeAlias, final

Reference: TypeAlias = Callable[[], object]


@final
class Box:
    """What owns an object that only a frame may hold."""

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: object) -> None:
        self.value: Final = value


@final
class Entry:
    """One time that a frame or a snapshot was entered. Refers to no object of its own.

    Attributes:
        owner: The table whose entry it is, by its number.
        found: What was bound before.
        binding: What the entry has bound last.
        values: What `set` put into it, which goes with it.
        is_open: Whether it was not left yet.
        token: What only the context that it was entered in takes back, or None before that.
        handle: The number under which it can be found, or 0.
    """

    __slots__ = (
        "__weakref__",
        "binding",
        "found",
        "handle",
        "is_open",
        "owner",
        "token",
        "values",
    )

    def __init__(self, owner: int, found: Binding | None) -> None:
        self.owner: Final = owner
        self.found: Final = found
        self.binding: Binding | None = None
        self.values: Final[dict[int, object]] = {}
        self.is_open = True
        self.token: Token[Mapping[int, Binding]] | None = None
        self.handle = 0


@final
class Binding:
    """What the indices mean: never changed once it is published.

    Attributes:
        references: A reference for each index that is bound.
        entry: The entry whose binding it is, or None.
    """

    __slots__ = ("__weakref__", "entry", "references")

    def __init__(self, references: Mapping[int, Reference], entry: Entry | None = None) -> None:
        self.references: Final = references
        self.entry: Final = entry


# Every context has one mapping for all tables: a variable for each would never be forgotten.
BOUND: Final[ContextVar[Mapping[int, Binding]]] = ContextVar(
    "bindings", default=MappingProxyType({})
)
_NUMBERS: Final = count(1)
ALIVE: Final[weakref.WeakValueDictionary[int, Place]] = weakref.WeakValueDictionary()


@final
class Place:
    """One table's place in every context; what is left in it goes when another table binds."""

    __slots__ = ("__weakref__", "number")

    def __init__(self) -> None:
        self.number: Final = next(_NUMBERS)
        ALIVE[self.number] = self

    @property
    def binding(self) -> Binding | None:
        """What is bound in the current context, or None."""
        return BOUND.get().get(self.number)

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        """Binds it in the current context, in one step, and returns what undoes that there."""
        bound = {number: each for number, each in BOUND.get().items() if number in ALIVE}
        bound.pop(self.number, None)
        if binding is not None:
            bound[self.number] = binding
            entry = binding.entry
            # In a copy of its context something else is bound than its handle finds.
            if entry is not None and (entry.token is None or is_here(entry)):
                entry.binding = binding
        return BOUND.set(MappingProxyType(bound))


def references_of(binding: Binding | None) -> Mapping[int, Reference]:
    """Returns a reference for each index that is bound."""
    return {} if binding is None else binding.references


def is_here(entry: Entry) -> bool:
    """Tells whether an entry was entered in the current context, rather than in another one."""
    bound = BOUND.get()
    if entry.token is None:
        return False
    try:
        BOUND.reset(entry.token)
    except ValueError:
        return False
    entry.token = BOUND.set(bound)  # a token is good for one time
    return True


def open_below(binding: Binding | None) -> Binding | None:
    """Returns a binding, or if its entry has ended, the nearest below whose entry has not."""
    while binding is not None and binding.entry is not None and not binding.entry.is_open:
        binding = binding.entry.found
    return binding
