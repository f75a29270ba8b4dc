"""What a table can tell a compiler: for each index, the code that fetches or makes its object."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from sidetable_core.binding.registrations import HeldByFrames, Registration, origin_text
from sidetable_core.binding.staying import StaysHere

from .frozen import Frozen

if TYPE_CHECKING:
    from sidetable_core.binding.registrations import ConstructFunction
    from sidetable_core.binding.state import TableState
    from sidetable_source import Codegen, Source


@final
class SourceConstructor(Frozen):
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
class GraphConstructor(Frozen):
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
class Constructors(StaysHere, Mapping[int, Constructor]):
    """A table's constructors by index: a live, read-only view, in index order.

    An iteration goes over the indices that there were when it began, whatever is registered
    meanwhile. A lookup takes constant time and runs nothing.
    """

    __slots__ = ("_state",)

    def __init__(self, state: TableState) -> None:
        self._state = state

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

    def __len__(self) -> int:
        """Returns how many indices have a constructor."""
        return len(self._state.registrations)

    def __repr__(self) -> str:
        return f"<constructors of table {self._state.name!r}: {len(self)}>"


def constructors_of(state: TableState) -> dict[int, Constructor]:
    """Returns the constructors that there are now, whatever is registered or reset meanwhile."""
    registrations = tuple(state.registrations)
    return {
        index: constructor_of(index, registration)
        for index, registration in enumerate(registrations)
    }


def constructor_of(index: int, registration: Registration) -> Constructor:
    """Returns the constructor that a registration stands for."""
    origin = registration.origin
    if registration.graph_created:
        return GraphConstructor(index, origin)  # type: ignore[arg-type]  # the flag says which
    hold: Literal["weak", "frame"] = "frame" if isinstance(registration, HeldByFrames) else "weak"
    return SourceConstructor(index, origin, hold)  # type: ignore[arg-type]  # likewise
