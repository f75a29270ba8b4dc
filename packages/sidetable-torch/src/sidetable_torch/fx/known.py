"""What is known of functions and classes that are not rewritten, without running any of them."""

from __future__ import annotations

import dis
import functools
import inspect
import logging
import operator
import sys
import warnings
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from functools import lru_cache, partial
from types import (
    BuiltinFunctionType,
    CellType,
    ClassMethodDescriptorType,
    FrameType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any, Final, cast

import torch
from torch.fx import _symbolic_trace
from torch.fx.proxy import Proxy

from sidetable_source import ImportSource, InvalidSourceError, Source

from .objects import attribute_of, holds
from .proxies import ObjectProxy, library_of

# They move their arguments about, and ask them nothing. Typed as plain objects, because to infer a
# type from all their overloads takes pyright hours.
MOVES: Final[tuple[object, ...]] = (
    functools.reduce,
    iter,
    next,
    abs,
    map,
    filter,
    zip,
    enumerate,
    reversed,
    list,
    tuple,
    dict,
    OrderedDict,
    defaultdict,
    deque,
    slice,
    sum,
    partial,
    super,
    property,
    staticmethod,
    classmethod,
    min,
    max,
    sorted,
    any,
    all,
    range,
    bool,
    int,
    float,
    complex,
    str,
    len,
    repr,
    format,
    hash,
    round,
    set,
    frozenset,
    print,
    operator.add,
    operator.sub,
    operator.mul,
    operator.matmul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.neg,
    operator.pos,
    operator.getitem,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.and_,
    operator.or_,
    operator.xor,
    operator.invert,
    operator.lshift,
    operator.rshift,
)
# Modules of Python's own whose functions and classes know no object but what they are given.
PURE: Final = frozenset(
    {"abc", "cmath", "collections", "contextlib", "copy", "dataclasses", "enum", "functools"}
    | {"inspect", "itertools", "_collections_abc", "math", "_math", "numbers", "operator"}
    | {"_operator", "re", "string", "types", "typing", "_functools", "_collections", "numpy"}
)
MUTATORS: Final = frozenset(
    {"append", "appendleft", "extend", "extendleft", "insert", "add", "update", "setdefault"}
    | {"__setitem__", "__iadd__", "__ior__", "__delitem__", "pop", "popitem", "popleft", "remove"}
    | {"clear", "discard", "sort", "reverse", "rotate", "move_to_end", "difference_update"}
    | {"intersection_update", "symmetric_difference_update"}
)
# Methods of containers that compare nothing with what is in them.
READERS: Final = frozenset({"copy", "get", "items", "keys", "values", "__getitem__", "__iter__"})
CONTAINERS: Final = (list, dict, set, deque, tuple, frozenset)
BUILTIN: Final = (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    WrapperDescriptorType,
)
REGISTERS: Final = ("register_", "add_module", "set_submodule", "__setattr__", "append")
GETTERS: Final = (operator.attrgetter, operator.itemgetter, operator.methodcaller)
CACHED: Final = type(lru_cache(len))
STREAMS: Final = (torch.Stream, torch.Event)
# What every module of PyTorch's has for itself.
MACHINERY: Final = frozenset(vars(torch.nn.Module()))
MESSAGES: Final = frozenset({logging.__file__, warnings.__file__})
_HOOKED: Final = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
MOVED: Final = frozenset(map(id, MOVES))
_CALLING: Final[tuple[object, ...]] = (map, filter, functools.reduce, sorted, min, max, iter)
CALLERS: Final = frozenset(map(id, _CALLING))
_HEAP: Final = 1 << 9  # the flag of a class that Python code made
# The function that torch.fx puts in the place of one that is marked with torch.fx.wrap.
MARKED: Final = _symbolic_trace._create_wrapped_func(len).__code__


def is_stand_in(value: object) -> bool:
    """Return whether a value stands for an object."""
    return issubclass(type(value), ObjectProxy)


def is_proxy(value: object) -> bool:
    """Return whether a value is one of torch.fx's proxies."""
    return issubclass(type(value), Proxy)


def getattr_static(value: object, name: str, default: object = None) -> Any:
    """Return a value's attribute, calling none of its own methods."""
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return default


def library_of_callable(function: object) -> str:
    """Return "torch" for a function or class of PyTorch's, even without code; else ""."""
    module = getattr_static(function, "__module__")
    if type(module) is not str:
        owner = getattr_static(function, "__objclass__") or getattr_static(function, "__self__")
        module = getattr(owner if issubclass(type(owner), type) else type(owner), "__module__", "")
    return "torch" if str(module).partition(".")[0] == "torch" else ""


def module_source(name: str) -> Source | None:
    """Return the source of a module; None if code cannot import that name."""
    try:
        return ImportSource(name)
    except InvalidSourceError:  # the name of a file that a tool has imported by its path
        return None


def cell_content(cell: CellType) -> object:
    """Return the value of a variable that is closed over; the cell itself if it has none yet."""
    try:
        return cast("object", cell.cell_contents)
    except ValueError:
        return cell


def unchanged_value(value: object, _: Source | None) -> object:
    """Return the value: the conversion that changes nothing."""
    return value


def is_called(value: object) -> bool:
    """Return whether a value is a class or a function without Python code."""
    return issubclass(type(value), (type, *BUILTIN))


def has_hooks(module: torch.nn.Module) -> bool:
    """Return whether a call of a module runs more than its `forward`."""
    every = torch.nn.modules.module
    return any(
        (*vars(module)[name].values(),) if name in vars(module) else () for name in _HOOKED
    ) or bool(every._global_forward_hooks or every._global_forward_pre_hooks)


def class_attribute(kind: type, name: str) -> object:
    """Return an attribute as the namespaces of a class and its bases have it."""
    return next((vars(one)[name] for one in kind.__mro__ if name in vars(one)), None)


def owner_of(value: object) -> object:
    """Return what a method is bound to; None for anything else."""
    if type(value) in {MethodType, BuiltinFunctionType, MethodWrapperType}:
        return cast("MethodType", value).__self__
    return None


def import_source(value: type) -> Source | None:
    """Return where a class or function can be imported from; None if it cannot."""
    module = sys.modules.get(value.__module__)
    found: object = module
    source = module_source(value.__module__)
    for name in value.__qualname__.split("."):
        found = getattr_static(found, name)
        source = source and attribute_of(source, name)
    return source if found is value else None


def is_plain(kind: type) -> bool:
    """Return whether instances of a class have no state but their attributes."""
    return (
        class_attribute(kind, "__new__") is vars(object)["__new__"]
        and type(kind).__call__ is type.__call__
        and all(
            one is object
            or (one.__flags__ & _HEAP and library_of_class(one) == "")
            or one.__module__ in {"typing", "abc"}
            for one in kind.__mro__
        )
    )


def library_of_class(kind: type) -> str:
    """Return whose a class is; "" for the user's and their libraries'."""
    module = sys.modules.get(kind.__module__)
    filename = getattr_static(module, "__file__")
    if type(filename) is str:
        return library_of(filename)
    return "" if kind.__module__ not in sys.stdlib_module_names else "python"


def is_made_by_torch(value: object) -> bool:
    """Return whether a trace takes a value of PyTorch's, of a class made in Python, for data."""
    kind = type(value)
    if kind in {torch.finfo, torch.iinfo}:
        return True
    return all(one is object or one.__flags__ & _HEAP for one in kind.__mro__) and not issubclass(
        kind, (*STREAMS, torch.Generator)
    )


def is_iterator(function: object) -> bool:
    """Return whether a class is one of the iterators of `itertools`."""
    return issubclass(type(function), type) and cast("type", function).__module__ == "itertools"


def leaves_of(value: object) -> Iterator[object]:
    """Yield a value and everything inside it."""
    found: list[object] = []

    def look(one: object) -> bool:
        found.append(one)
        return False

    holds(value, look)
    return iter(found)


def is_resumed(frame: FrameType) -> bool:
    """Return whether a frame continues a generator that began earlier."""
    code = frame.f_code
    if not code.co_flags & inspect.CO_GENERATOR:
        return False
    begins = next(step.offset for step in dis.get_instructions(code) if step.opname == "RESUME")
    return frame.f_lasti > begins


def is_finalizing(frame: FrameType | None) -> bool:
    """Return whether a frame belongs to a finalizer or to a callback of a weak reference."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename == weakref.__file__:
            return True
        frame = frame.f_back
    return False
