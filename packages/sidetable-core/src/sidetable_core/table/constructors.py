"""What a table can tell a compiler: for each index, the code that fetches or makes its object."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Literal, NoReturn, Self, TypeAlias, cast, final

from sidetable_core.binding.registrations import HeldByFrames, Registration, origin_text

from .views import LiveMapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sidetable_core.binding.registrations import ConstructFunction
    from sidetable_source import Codegen, Source


class _Frozen:
    """A value whose fields are set once, where it is made.

    A child names its fields in `__match_args__`, and its constructor takes them in that order.
    Not a dataclass: to make the two that there are took as long as importing some ten modules.
    """

    __slots__ = ()

    def _set(self, *fields: object) -> None:
        for name, field in zip(self._names(), fields, strict=True):
            object.__setattr__(self, name, field)

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        return cast("tuple[str, ...]", vars(cls)["__match_args__"])

    def _fields(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self._names()])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} can not be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} can not be deleted")

    def __eq__(self, other: object) -> bool:
        """Returns whether the other is of the same kind and holds equal values."""
        if type(other) is not type(self):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        """Returns the hash of the content."""
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        fields = zip(self._names(), self._fields(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={held!r}' for name, held in fields)})"

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Has copies and pickles made by the constructor."""
        return type(self), self._fields()


@final
class SourceConstructor(_Frozen):
    """Writes the code that fetches a user object again. Holds the source, never the object.

    Attributes:
        index: The index that the object was registered at.
        source: The source that it was registered with.
        hold: How the object is held while it is bound: `"weak"` or `"frame"`.
    """

    __slots__ = ("hold", "index", "source")
    __match_args__ = ("index", "source", "hold")

    index: int
    source: Source
    hold: Literal["weak", "frame"]

    def __init__(self, index: int, source: Source, hold: Literal["weak", "frame"] = "weak") -> None:
        self._set(index, source, hold)

    @property
    def origin(self) -> str:
        """The source's name."""
        return origin_text(self.source)

    def __call__(self, codegen: Codegen) -> None:
        """Writes the source into a codegen."""
        codegen(self.source)


@final
class GraphConstructor(_Frozen):
    """Writes the code that makes a graph-created object. Holds its construct function.

    Attributes:
        index: The index that the object was registered at.
        construct_fn: The construct function that it was registered with.
    """

    __slots__ = ("construct_fn", "index")
    __match_args__ = ("index", "construct_fn")

    index: int
    construct_fn: ConstructFunction

    def __init__(self, index: int, construct_fn: ConstructFunction) -> None:
        self._set(index, construct_fn)

    @property
    def origin(self) -> str:
        """The construct function's name."""
        return origin_text(self.construct_fn)

    @property
    def hold(self) -> Literal["weak"]:
        """How the object is held while it is bound: always weakly."""
        return "weak"

    def __call__(self, codegen: Codegen) -> None:
        """Calls the construct function with the index and the codegen."""
        self.construct_fn(self.index, codegen)


Constructor: TypeAlias = SourceConstructor | GraphConstructor


@final
class Constructors(LiveMapping[Constructor]):
    """A table's constructors by index: a live, read-only view, in index order.

    An iteration goes over those that there were when it began, whatever is registered or reset
    meanwhile. A lookup takes constant time and runs nothing.
    """

    __slots__ = ()

    def __getitem__(self, index: int) -> Constructor:
        """Returns the constructor at an index.

        Raises:
            KeyError: If nothing is registered at that index.
        """
        try:
            position = operator.index(index)
        except TypeError:
            raise KeyError(index) from None
        registration = self._state.registrations.at(position)
        if registration is None:
            raise KeyError(index)
        return constructor_of(position, registration)

    def __iter__(self) -> Iterator[int]:
        """Goes over the indices, in order."""
        return iter(range(len(self)))

    def _pairs(self) -> Iterator[tuple[int, Constructor]]:
        registrations = tuple(self._state.registrations)
        return ((index, constructor_of(index, each)) for index, each in enumerate(registrations))

    def __len__(self) -> int:
        """Returns how many indices have a constructor."""
        return len(self._state.registrations)

    def __repr__(self) -> str:
        return f"<constructors of table {self._state.name!r}: {len(self)}>"


def constructor_of(index: int, registration: Registration) -> Constructor:
    """Returns the constructor that a registration stands for."""
    origin = registration.origin
    if registration.graph_created:
        return GraphConstructor(index, origin)  # type: ignore[arg-type]  # the flag says which
    hold: Literal["weak", "frame"] = "frame" if isinstance(registration, HeldByFrames) else "weak"
    return SourceConstructor(index, origin, hold)  # type: ignore[arg-type]  # likewise
