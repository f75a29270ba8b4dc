"""Tables by hand, each with a guarantee less than the next: the difference is what it costs."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from types import CodeType
from typing import Final

from operations import Subject, Thing

_UNBOUND: Final[tuple[weakref.ref[object], ...]] = ()


class Shared:
    """A table whose binding is a variable that all threads share."""

    def __init__(self) -> None:
        bound = _UNBOUND
        reference = weakref.ref

        def get(index: int) -> object:
            """Returns what an index means: what ours does, without a context."""
            if index < 0:
                raise IndexError(index)
            value = bound[index]()
            if value is None:
                raise LookupError(index)
            return value

        def store(*values: object) -> None:
            """Binds all indices anew."""
            nonlocal bound
            bound = tuple(map(reference, values))

        def call(subject: Subject) -> object:
            """Fetches three objects and binds them, as generated code does."""
            nonlocal bound
            first = subject.a
            second = subject.b
            third = subject.c
            bound = (reference(first), reference(second), reference(third))
            return nothing(subject)

        def prologue(subject: Subject) -> object:
            """The same, through the simplest `store`."""
            first = subject.a
            second = subject.b
            third = subject.c
            store(first, second, third)
            return nothing(subject)

        self.get, self.store, self.call, self.prologue = get, store, call, prologue


class Isolated:
    """A table whose binding is a context variable, and which restores nothing."""

    def __init__(self) -> None:
        reference = weakref.ref
        bind = ContextVar("bound", default=_UNBOUND).set

        def call(subject: Subject) -> object:
            """Fetches three objects and binds them, as generated code does."""
            first = subject.a
            second = subject.b
            third = subject.c
            bind((reference(first), reference(second), reference(third)))
            return nothing(subject)

        self.call = call


class Recorded(weakref.ref[Thing]):
    """A reference that can tell where it was registered."""

    __slots__ = ("code", "instruction", "origin", "type_name")

    origin: object
    type_name: str
    code: CodeType
    instruction: int


def one_after_the_other() -> Callable[[Thing, object], int]:
    """Returns what registers in two lists, one after the other."""
    references: list[weakref.ref[Thing]] = []
    origins: list[object] = []

    def register(value: Thing, origin: object) -> int:
        references.append(weakref.ref(value))
        origins.append(origin)
        return len(origins) - 1

    return register


def at_once() -> Callable[[Thing, object], int]:
    """Returns what registers in one step."""
    registrations: list[Recorded] = []

    def register(value: Thing, origin: object) -> int:
        registration = Recorded(value)
        registration.origin = origin
        index = len(registrations)
        registrations.append(registration)
        return index

    return register


def binding() -> Callable[[Thing, object], int]:
    """Returns what also binds in this context alone, and sees whether something came between."""
    registrations: list[Recorded] = []
    variable = ContextVar[object]("bound")
    variable.set(registrations)

    def register(value: Thing, origin: object) -> int:
        registration = Recorded(value)
        registration.origin = origin
        if variable.get(None) is not registrations:
            raise LookupError(origin)
        index = len(registrations)
        registrations.append(registration)
        if registrations[index] is registration and variable.get(None) is registrations:
            return index
        raise LookupError(origin)

    return register


def recording_alone() -> Callable[[Thing, object], int]:
    """Returns what registers in one step and records line and type, for all contexts at once."""
    registrations: list[Recorded] = []

    def register(value: Thing, origin: object) -> int:
        registration = Recorded(value)
        site = sys._getframe(1)  # noqa: SLF001  # the documented way to a frame
        registration.origin = origin
        registration.type_name = type(value).__qualname__
        registration.code = site.f_code
        registration.instruction = site.f_lasti
        index = len(registrations)
        registrations.append(registration)
        return index

    return register


def recording() -> Callable[[Thing, object], int]:
    """Returns what also records the line that registers, and the name of the object's type."""
    registrations: list[Recorded] = []
    variable = ContextVar[object]("bound")
    variable.set(registrations)

    def register(value: Thing, origin: object) -> int:
        registration = Recorded(value)
        site = sys._getframe(1)  # noqa: SLF001  # the documented way to a frame
        registration.origin = origin
        registration.type_name = type(value).__qualname__
        registration.code = site.f_code
        registration.instruction = site.f_lasti
        if variable.get(None) is not registrations:
            raise LookupError(origin)
        index = len(registrations)
        registrations.append(registration)
        if registrations[index] is registration and variable.get(None) is registrations:
            return index
        raise LookupError(origin)

    return register


def nothing(subject: Subject) -> object:
    """A graph that does nothing."""
    return subject
