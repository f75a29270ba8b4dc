"""PyTorch 2.13's side table, restated: the same steps on the same containers, and nothing else.

What everything here is measured against. `compare` races it against PyTorch's own module where
that is installed. It is a module with global containers, because so is PyTorch's, and what a
global variable costs is part of what is compared.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

constructors: dict[int, Callable[[Callable[[object], object]], object]] = {}
references: dict[int, weakref.ref[object]] = {}


def get(index: int) -> object:
    """Returns the object that an index means."""
    if index not in references:
        raise AssertionError("no such index")
    value = references[index]()
    if value is None:
        raise AssertionError("the object is dead")
    return references[index]()


def store(*values: object) -> None:
    """Replaces what all indices mean."""
    references.clear()
    references.update({index: weakref.ref(value) for index, value in enumerate(values)})


def register(value: object, source: object) -> int:
    """Gives an object the next index."""
    index = len(constructors)
    constructors[index] = lambda codegen: codegen(source)
    try:
        references[index] = weakref.ref(value)
    except TypeError as error:
        raise RuntimeError("the object cannot be weakly referenced") from error
    return index


def reset() -> None:
    """Forgets everything."""
    constructors.clear()
    references.clear()
