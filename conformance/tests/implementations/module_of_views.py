"""A real module with PyTorch's names, its containers read-only views; edition dynamo-2.13.

Where PyTorch compares messages, this one has errors of two types; and it refuses to set an index
that nobody knows, keeps no value that it refused, and never asks a value for its text.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NoReturn

from sidetable_source import (
    Codegen,
    IndexNotRegisteredError,
    ObjectNotAliveError,
    Source,
    unimplemented,
)

Constructor = Callable[[Codegen], None]


@dataclass(slots=True)
class _State:
    constructors: dict[int, Constructor] = field(default_factory=dict)
    references: dict[int, weakref.ref[object]] = field(default_factory=dict)
    kept: list[object] = field(default_factory=list)

    def clear(self) -> None:
        self.constructors.clear()
        self.references.clear()
        self.kept.clear()


_STATE: Final = _State()

CURRENT_STREAM_INDEX: Final = 0
index_to_bytecode_constructor: Final[Mapping[int, Constructor]] = MappingProxyType(
    _STATE.constructors
)
index_to_external_object_weakref: Final[Mapping[int, weakref.ref[object]]] = MappingProxyType(
    _STATE.references
)


def has_user_objects() -> bool:
    return len(_STATE.constructors) != 0


def register_user_object(value: object, source: Source) -> int:
    index = _enumerate(lambda _, codegen: codegen(source))
    _refer(index, value, "User Object")
    return index


def register_graph_created_object(
    example_value: object, construct_fn: Callable[[int, Codegen], None]
) -> int:
    stash_graph_created_object(example_value)
    index = _enumerate(construct_fn)
    _refer(index, example_value, "graph-created external object")
    return index


def stash_graph_created_object(obj: object) -> object:
    _STATE.kept.append(obj)
    return obj


def store_user_object_weakrefs(*args: object) -> None:
    _STATE.references.clear()
    _STATE.references.update({index: weakref.ref(value) for index, value in enumerate(args)})


def get_external_object_by_index(index: int) -> object:
    reference = _STATE.references.get(index)
    if reference is None:
        raise IndexNotRegisteredError(index, "module of views")
    value = reference()
    if value is None:
        raise ObjectNotAliveError(index, "module of views")
    return value


def set_external_object_by_index(index: int, value: object) -> None:
    if index not in _STATE.references and index not in _STATE.constructors:
        raise IndexNotRegisteredError(index, "module of views")
    _STATE.references[index] = weakref.ref(value)
    _STATE.kept.append(value)


def reset_user_object_tracking() -> None:
    _STATE.clear()


def _enumerate(construct_fn: Callable[[int, Codegen], None]) -> int:
    index = len(_STATE.constructors)
    _STATE.constructors[index] = lambda codegen: construct_fn(index, codegen)
    return index


def _refer(index: int, value: object, what: str) -> None:
    try:
        _STATE.references[index] = weakref.ref(value)
    except TypeError as cause:
        _refuse(value, what, cause)


def _refuse(value: object, what: str, cause: TypeError) -> NoReturn:
    unimplemented(
        gb_type=f"Failed to make weakref to {what}",
        context=type(value).__name__,
        explanation="Its type does not allow one.",
        from_exc=cause,
    )
