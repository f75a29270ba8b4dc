"""What a table knows about each index, as references that can be looked up as they are.

A registration is itself the weak reference to its object, and the list of registrations is the
binding of a context that has registered and not yet bound anything. One append therefore makes
an index, its constructor and its trace-time reference appear together, for every thread, every
finalizer and every interrupt, without a lock.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import ClassVar, Final, TypeAlias, cast, final

from sidetable_source import Codegen, Source
from sidetable_source.errors import type_name

from .references import DEAD, UNBOUND, Reference

ConstructFunction: TypeAlias = Callable[[int, Codegen], object]
Origin: TypeAlias = Source | ConstructFunction

# Through the slot of `type` itself: a metaclass can replace what `cls.__qualname__` finds. Only
# the name, which all objects of a class share: a text of its own would cost each registration.
QUALNAME: Final[Callable[[type], str]] = type.__dict__["__qualname__"].__get__


def origin_text(origin: Origin) -> str:
    """Returns a source's name or a construct function's, for people; never raises."""
    # By the type alone: `isinstance` would ask the origin for its class, and it may be a proxy.
    kind = type(origin)
    if kind is FunctionType:
        return f"{cast('FunctionType', origin).__qualname__}(...)"
    if issubclass(kind, Source):
        try:
            return cast("Source", origin).name
        except Exception as error:  # noqa: BLE001
            # A source kind of somebody else's must not hide what we were about to say.
            return f"<{type_name(origin)} whose name raised {type_name(error)}>"
    return f"<{type_name(origin)}>"


class Registration(weakref.ref[object]):
    """A weak reference to one index's object, with what the table has to tell about it.

    Holds the source or construct function and the registering code object strongly, the object
    weakly. Takes about 150 bytes.
    """

    __slots__ = ("code", "instruction", "origin", "type_name")

    # Whether the origin is a construct function.
    graph_created: ClassVar[bool] = False
    # Whether the index's object can be found by way of its registration at all.
    refers: ClassVar[bool] = True
    # What it was registered as.
    kind: ClassVar[str] = "user object"
    # What to say where it can not be found: in a word, and in a sentence.
    life: ClassVar[str] = ""
    why_vacant: ClassVar[str] = ""

    origin: Origin
    type_name: str
    # Where it was registered: a line is found only when somebody asks.
    code: CodeType
    instruction: int

    def note(self, value: object, origin: Origin, site: FrameType) -> None:
        """Records what the index stands for and which line of code registered it."""
        self.origin = origin
        self.type_name = QUALNAME(type(value))
        self.code = site.f_code
        self.instruction = site.f_lasti

    def plain(self) -> Reference:
        """Returns a reference to the same object that holds nothing of what this one knows."""
        value = self()
        return DEAD if value is None else weakref.ref(value)

    @property
    def origin_text(self) -> str:
        """The source's name or the construct function's, for people."""
        return origin_text(self.origin)

    @property
    def site(self) -> str:
        """Where the index was registered: file, line and function."""
        code = self.code
        line = code.co_firstlineno
        for start, end, number in code.co_lines():
            if start <= self.instruction < end and number is not None:
                line = number
        return f"{code.co_filename}:{line} in {code.co_qualname}"


@final
class GraphCreated(Registration):
    """The registration of an object that the graph itself makes."""

    __slots__ = ()

    kind = "graph-created object"
    graph_created = True


_FAILED: Final = "Its registration failed: the object could not be weakly referenced"


@final
class Nobody:
    """What a registration refers to that is to refer to nothing: dead once it is registered."""

    __slots__ = ("__weakref__",)


class _Vacant(Registration):
    """A registration through which no object can be found, whatever it refers to."""

    __slots__ = ()

    refers = False

    def __call__(self) -> None:
        """Returns None, also where a `Nobody` is not collected at once."""

    def plain(self) -> Reference:
        """Returns what stands for an index that is not bound."""
        return UNBOUND


@final
class HeldByFrames(_Vacant):
    """The registration of an object that only frames and entry functions hold."""

    __slots__ = ()

    life = "held by frames"
    why_vacant = 'It is registered with hold="frame", so only a frame or entry function binds it'


@final
class FailedUserObject(_Vacant):
    """The registration of an index that a failed one used up (edition dynamo-2.13)."""

    __slots__ = ()

    life = "failed to register"
    why_vacant = _FAILED


@final
class FailedGraphCreated(_Vacant):
    """The same for an object that the graph makes."""

    __slots__ = ()

    kind = "graph-created object"
    life = "failed to register"
    why_vacant = _FAILED
    graph_created = True


@final
class Registrations(list[Registration]):
    """What a table owns between two resets; also the binding that registering makes.

    Only ever appended to. Contexts refer to it by its proxy, because sources and construct
    functions may refer to anything, the table itself included, and a context lives long.
    """

    __slots__ = ("__weakref__", "kept", "proxy")

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[object] = []
        self.proxy: Final = weakref.proxy(self)

    def at(self, index: int) -> Registration | None:
        """Returns the registration of an index, or None when there is none."""
        try:
            return self[index] if index >= 0 else None
        except IndexError:
            return None
