"""What is an object to a trace, and what is data or code; and the containers that hold objects."""

from __future__ import annotations

import enum
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GenericAlias,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    UnionType,
    WrapperDescriptorType,
)
from typing import Final, cast

import torch
from torch._library.opaque_object import is_opaque_value_type
from torch.fx.node import base_types
from torch.fx.proxy import Proxy

from sidetable_source import GetItemSource, InvalidSourceError, Source

# `base_types` may name objects with a state; a graph would keep those of the trace.
_STATEFUL: Final = (torch.Generator, torch.ScriptObject)
CONSTANTS: Final[tuple[type, ...]] = (
    *(kind for kind in base_types if kind not in _STATEFUL),
    enum.Enum,
    type(None),
    type(...),
)
_DATA: Final = (*CONSTANTS, torch.Tensor, bytearray, bytes, range, slice)
_CODE: Final = (
    ClassMethodDescriptorType,
    FunctionType,
    GenericAlias,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    UnionType,
    WrapperDescriptorType,
    torch._ops.HigherOrderOperator,
    torch._ops.OpOverloadPacket,
    torch.jit.ScriptFunction,
    classmethod,
    property,
    staticmethod,
    type,
    type(lru_cache(len)),
)
_BOUND: Final = (BuiltinFunctionType, MethodType, MethodWrapperType)
_CONTAINERS: Final = (dict, list, tuple, set, frozenset, deque)

Replace = Callable[[object, Source | None], object]


def is_foreign(value: object) -> bool:  # noqa: PLR0911  # one for each kind
    """Return whether a value is neither data nor code.

    Data are tensors, constants, Python's own containers, and dataclasses of data. Code are
    functions, classes, modules of Python, operators. A bound method counts as what it is bound to.
    A module of PyTorch's is not foreign. A container that a trace cannot take apart is foreign if
    it holds something foreign. The value's own code runs only to read a dataclass's fields.

    Args:
        value: Any object.
    """
    kind = type(value)
    if issubclass(kind, _STATEFUL):
        return True
    if issubclass(kind, (*_DATA, *_CODE, Proxy, torch.nn.Module)):
        return False
    if issubclass(kind, _BOUND):
        owner: object = cast("MethodType", value).__self__
        return owner is not None and is_foreign(owner)
    if issubclass(kind, _CONTAINERS):
        items = parts_of(value)
        return (items is None and holds(value, is_foreign)) or (
            issubclass(kind, dict) and any(holds(key, is_foreign) for key in _keys(value))
        )
    if is_dataclass(kind):
        return holds(value, is_foreign)
    if kind.__module__ in {"typing", "typing_extensions"} or _is_number(kind):
        return False
    return not (hasattr(kind, "__fx_create_arg__") or is_opaque_value_type(kind))


def holds(value: object, asked: Callable[[object], bool]) -> bool:
    """Return whether a value, or anything inside it at any depth, meets a condition.

    Args:
        value: The value. Containers of any kind, their keys, and dataclasses are looked into.
        asked: The condition, called with each value that is none of these.
    """
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if issubclass(kind, dict):
            inside: Iterable[object] = [
                *_keys(one),
                *dict.values(cast("dict[object, object]", one)),
            ]
        elif issubclass(kind, _CONTAINERS):
            inside = _iterate(one)
        elif is_dataclass(kind):
            inside = [getattr(one, field.name, None) for field in fields(cast("type", one))]
        elif asked(one):
            return True
        else:
            continue
        if id(one) not in seen:
            seen.add(id(one))
            waiting.extend(inside)
    return False


def parts_of(value: object) -> list[tuple[object, object]] | None:
    """Return the keys and items of a container that a trace takes apart; None for anything else.

    It takes apart lists, tuples, named tuples, dictionaries and ordered dictionaries only.
    """
    kind = type(value)
    if kind is dict or kind is OrderedDict:
        return [*cast("dict[object, object]", value).items()]
    if kind is list or kind is tuple or is_named_tuple(kind):
        return [*enumerate(cast("list[object]", value))]
    return None


def replaced(value: object, source: Source | None, replace: Replace) -> object:
    """Return a value with everything in it replaced; the value itself if nothing changes.

    Args:
        value: The value. It is not modified.
        source: Where it comes from; None if that is not known.
        replace: Called with each value that is not taken apart, and its source.
    """
    return _replaced(value, source, replace, frozenset())


def _replaced(
    value: object, source: Source | None, replace: Replace, above: frozenset[int]
) -> object:
    items = parts_of(value)
    if items is None:
        return replace(value, source)
    if id(value) in above:  # a container in itself
        return value
    above |= {id(value)}
    new = [
        (key, _replaced(item, source and item_of(source, key), replace, above))
        for key, item in items
    ]
    if all(one[1] is other[1] for one, other in zip(new, items, strict=True)):
        return value
    kind = type(value)
    make = cast("Callable[..., object]", kind)
    if issubclass(kind, dict):
        return make(new)
    values = [item for _, item in new]
    return make(*values) if is_named_tuple(kind) else make(values)


def item_of(source: Source, key: object) -> Source | None:
    """Return the source of an item; None if code cannot hold the key, or is too deep."""
    try:
        return GetItemSource(source, key)  # type: ignore[arg-type]  # it refuses what is no constant
    except InvalidSourceError:
        return None


def attribute_of(source: Source, name: str) -> Source | None:
    """Return the source of an attribute; None if code cannot hold its name, or is too deep."""
    try:
        return source.attr(name)
    except InvalidSourceError:
        return None


def type_name(value: object) -> str:
    """Return the name of a value's type, calling none of its methods."""
    kind = type(value)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else (f"{kind.__module__}.{kind.__qualname__}")
    )


def number_of(value: object) -> object:
    """Return a number of numpy's as Python's, and anything else as it is."""
    return value.item() if _is_number(type(value)) else value  # type: ignore[attr-defined]


def _is_number(kind: type) -> bool:
    return any(base.__module__ == "numpy" and base.__name__ == "generic" for base in kind.__mro__)


def is_named_tuple(kind: type) -> bool:
    """Return whether a class is a named tuple that does nothing but name its items."""
    return (
        issubclass(kind, tuple)
        and hasattr(kind, "_fields")
        and kind.__bases__ == (tuple,)
        and "__iter__" not in vars(kind)
    )


def _keys(value: object) -> list[object]:
    return [*dict.keys(cast("dict[object, object]", value))]


def _iterate(value: object) -> Iterable[object]:
    """Return the items of a container, calling no method of a subclass."""
    kind = next(one for one in _CONTAINERS if issubclass(type(value), one))
    iterate = cast("Callable[[object], Iterable[object]]", kind.__iter__)
    return [*iterate(value)]
