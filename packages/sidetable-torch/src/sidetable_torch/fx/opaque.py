"""Which objects a trace keeps opaque, and which it uses as they are."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Final, cast

import torch
from torch._library.opaque_object import is_opaque_type
from torch.fx.node import base_types
from torch.fx.proxy import Proxy

CONSTANTS: Final[tuple[type, ...]] = (*base_types, enum.Enum, type(None), type(...))

_DATA: Final = (
    *CONSTANTS,
    torch.ScriptObject,
    torch.Tensor,
    bytearray,
    bytes,
    deque,
    dict,
    frozenset,
    list,
    range,
    set,
    slice,
    tuple,
)

_CODE: Final = (
    FunctionType,
    ModuleType,
    WrapperDescriptorType,
    torch._ops.HigherOrderOperator,
    torch._ops.OpOverloadPacket,
    torch.jit.ScriptFunction,
    type,
    type(lru_cache(len)),
)

_BOUND: Final = (BuiltinFunctionType, MethodType, MethodWrapperType)


def is_foreign(value: object) -> bool:
    """Returns whether a value is neither data nor code, so that `torch.fx` does not know it.

    Data are tensors, constants, Python's own containers, and dataclasses of data, which `torch.fx`
    takes apart. Code are functions, classes, modules of Python, operators. A bound method is what
    it is bound to. A module of PyTorch's is not foreign. Nothing of a value's own is called, but
    for the fields of a dataclass.

    Args:
        value: Any object.
    """
    kind = type(value)
    if issubclass(kind, _BOUND):
        owner: object = cast("MethodType", value).__self__
        return owner is not None and is_foreign(owner)
    if issubclass(kind, (*_DATA, *_CODE, Proxy, torch.nn.Module)):
        return False
    if is_dataclass(kind):
        return _holds_foreign(value, set())
    return not (hasattr(kind, "__fx_create_arg__") or is_opaque_type(kind))


def _holds_foreign(value: object, seen: set[int]) -> bool:
    """Returns whether a dataclass, or a container in it, holds what is foreign."""
    if id(value) in seen:
        return False
    seen.add(id(value))
    items: Iterable[object] = ()
    if issubclass(type(value), dict):
        items = cast("dict[object, object]", value).values()
    elif issubclass(type(value), (list, tuple, set, frozenset, deque)):
        items = cast("list[object]", value)
    elif is_dataclass(type(value)):
        items = [getattr(value, field.name, None) for field in fields(cast("type", value))]
    else:
        return is_foreign(value)
    return any(_holds_foreign(item, seen) for item in items)
