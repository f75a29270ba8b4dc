"""The code that four of PyTorch's functions get.

Two of them do the same with fewer calls, and two give each index out once.

While a compiled function runs, every call of a Python function costs several times as much as it
does elsewhere. The functions themselves stay: only their `__code__` is another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .views import BoundReferences

    # In PyTorch's module, whose functions these become.
    index_to_external_object_weakref: BoundReferences


def get_external_object_by_index(index: int) -> object:
    """Looks the index up in the binding that counts."""
    return index_to_external_object_weakref.lookup(index)  # noqa: F821  # PyTorch's global


def store_user_object_weakrefs(*args: object) -> None:
    """Replaces the whole binding that counts."""
    index_to_external_object_weakref.store(args)  # noqa: F821  # likewise


def register_user_object(value: object, source: object) -> int:
    """Gives a user object the next index."""
    return index_to_external_object_weakref.registering.user_object(value, source)  # noqa: F821  # likewise


def register_graph_created_object(
    example_value: object, construct_fn: Callable[[int, object], None]
) -> int:
    """Gives a graph-created object the next index."""
    registering = index_to_external_object_weakref.registering  # noqa: F821  # likewise
    return registering.graph_created_object(example_value, construct_fn)
