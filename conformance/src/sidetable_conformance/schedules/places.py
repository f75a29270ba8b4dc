"""Where an implementation keeps things: its modules, classes, objects and closures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import TypeAlias, TypeGuard, TypeVar

from .own_code import OwnCode

_T = TypeVar("_T")

Put: TypeAlias = Callable[[object], object]
"""Puts something else where a thing is."""


def places(code: OwnCode) -> Iterator[tuple[Put, object]]:
    """Gives every place that can be got to from an implementation's modules and things.

    What is in containers, and in objects of other people's classes, is not looked at.

    Args:
        code: The implementation's own.

    Returns:
        What puts something else there, and what is there now.
    """
    modules = tuple(code.modules())
    names = frozenset(module.__name__ for module in modules)
    known: dict[int, object] = {}  # which holds them, so that no id is used again
    waiting: list[object] = [*modules, *code.things]
    while waiting:
        thing = waiting.pop()
        if id(thing) not in known and _is_own(thing, names):
            known[id(thing)] = thing
            for put, value in _places_in(thing):
                yield put, value
                waiting.append(value)


def _is_own(thing: object, modules: frozenset[str]) -> bool:
    if _is_a(thing, ModuleType):
        return thing.__name__ in modules
    made_by = thing if _is_a(thing, type) or _is_a(thing, FunctionType) else type(thing)
    return made_by.__module__ in modules


def _is_a(thing: object, kind: type[_T]) -> TypeGuard[_T]:
    # Unlike isinstance it runs no code of a stranger's object, which may warn or raise.
    return issubclass(type(thing), kind)


def _places_in(thing: object) -> Iterator[tuple[Put, object]]:
    if _is_a(thing, type):
        for name, value in tuple(vars(thing).items()):
            yield partial(type.__setattr__, thing, name), value
        return
    if _is_a(thing, FunctionType):
        for cell in thing.__closure__ or ():
            with suppress(ValueError):  # an empty one
                yield partial(setattr, cell, "cell_contents"), cell.cell_contents
        return
    with suppress(AttributeError):  # it has none
        namespace: dict[str, object] = object.__getattribute__(thing, "__dict__")
        for name, value in tuple(namespace.items()):
            yield partial(namespace.__setitem__, name), value
    for kind in type(thing).__mro__:
        for slot in tuple(vars(kind).values()):
            if _is_a(slot, MemberDescriptorType) and not _is_a(thing, ModuleType):
                with suppress(AttributeError):  # nothing is in it
                    yield partial(slot.__set__, thing), slot.__get__(thing)
