"""What can be done to one table, step by step; objects are known by their numbers.

A step that is the last of a trace is also what is observed: its answer is not the expected one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, final

from sidetable_conformance.bench.registering import Origin


@final
@dataclass(frozen=True, slots=True)
class Register:
    """Registers an object in one of the two ways."""

    origin: Origin
    value: int


@final
@dataclass(frozen=True, slots=True)
class Store:
    """Stores objects, any of which may be one that can not be stored."""

    values: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class Get:
    """Looks an index up."""

    index: int


@final
@dataclass(frozen=True, slots=True)
class Apart:
    """Looks an index up, and compares the error with the first one that this index gave."""

    index: int


@final
@dataclass(frozen=True, slots=True)
class Set:
    """Replaces the object of one index."""

    index: int
    value: int


@final
@dataclass(frozen=True, slots=True)
class Reset:
    """Makes the table as new."""


@final
@dataclass(frozen=True, slots=True)
class Drop:
    """Lets an object go; the table may be all that still keeps it."""

    value: int


@final
@dataclass(frozen=True, slots=True)
class Life:
    """Collects, and asks whether an object is alive."""

    value: int


@final
@dataclass(frozen=True, slots=True)
class Presence:
    """Asks whether anything is registered."""


@final
@dataclass(frozen=True, slots=True)
class Enumerate:
    """Enumerates the constructors."""


@final
@dataclass(frozen=True, slots=True)
class Construct:
    """Runs the constructor of an index, with a codegen of its own."""

    index: int


@final
@dataclass(frozen=True, slots=True)
class Keep:
    """Keeps the constructor of an index for later."""

    index: int


@final
@dataclass(frozen=True, slots=True)
class RunKept:
    """Runs the constructor that was kept, with a codegen of its own."""

    index: int


@final
@dataclass(frozen=True, slots=True)
class Called:
    """Asks what has been called of all that was handed to registrations."""


Step: TypeAlias = (
    Register
    | Store
    | Get
    | Apart
    | Set
    | Reset
    | Drop
    | Life
    | Presence
    | Enumerate
    | Construct
    | Keep
    | RunKept
    | Called
)
"""Any of them."""

Indexed: TypeAlias = Get | Apart | Set | Construct | Keep | RunKept
"""Those that name an index."""


def values_of(step: Step) -> tuple[int, ...]:
    """Returns the numbers of the objects that a step names, in order.

    Example:
        >>> values_of(Store((4, 2))), values_of(Reset())
        ((4, 2), ())
    """
    match step:
        case Store(values):
            return values
        case Register(_, value) | Set(_, value) | Drop(value) | Life(value):
            return (value,)
        case _:
            return ()
