"""The code that two of PyTorch's functions get: it does the same with fewer calls.

While a compiled function runs, every call of a Python function costs several times as much as it
does elsewhere. The functions themselves stay: only their `__code__` is another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .views import BoundReferences

    # In PyTorch's module, whose functions these become.
    index_to_external_object_weakref: BoundReferences


def get_external_object_by_index(index: int) -> object:
    """Looks the index up in the binding that counts."""
    return index_to_external_object_weakref.lookup(index)  # noqa: F821  # PyTorch's global


def store_user_object_weakrefs(*args: object) -> None:
    """Replaces the whole binding that counts."""
    index_to_external_object_weakref.store(args)  # noqa: F821  # likewise
