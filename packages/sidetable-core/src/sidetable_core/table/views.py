"""Read-only views of what PyTorch keeps in module globals."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, final, overload

from sidetable_core.binding.lookup import bound_count, is_bound, reference_at
from sidetable_core.binding.staying import StaysHere

if TYPE_CHECKING:
    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.state import TableState

_T = TypeVar("_T")


@final
class BoundReferences(StaysHere, Mapping[int, "Reference"]):
    """What the current context binds: for each bound index, its reference, dead or alive.

    Calling a reference gives the object, or None when it died. A live view: each use looks at
    the binding of the context that it is used in.
    """

    __slots__ = ("_state",)

    def __init__(self, state: TableState) -> None:
        self._state = state

    def __getitem__(self, index: int) -> Reference:
        """Returns the reference at an index.

        Raises:
            KeyError: If the current context does not bind the index.
        """
        binding = self._state.binding
        try:
            position = operator.index(index)
        except TypeError:
            raise KeyError(index) from None
        if not is_bound(binding, position):
            raise KeyError(index)
        return reference_at(binding, position)

    def __iter__(self) -> Iterator[int]:
        """Goes over the bound indices, in order."""
        binding = self._state.binding
        return (index for index in range(bound_count(binding)) if is_bound(binding, index))

    def __len__(self) -> int:
        """Returns how many indices are bound."""
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<bindings of table {self._state.name!r} in this context: {len(self)}>"


@final
class KeptAlive(StaysHere, Sequence[object]):
    """What a table keeps alive until reset, in the order in which it came."""

    __slots__ = ("_state",)

    def __init__(self, state: TableState) -> None:
        self._state = state

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        """Returns the object at a position, or a list of those in a slice.

        Raises:
            IndexError: If there is no such position.
        """
        return self._state.registrations.kept[index]

    def __len__(self) -> int:
        """Returns how many objects are kept."""
        return len(self._state.registrations.kept)

    def __repr__(self) -> str:
        return f"<kept alive by table {self._state.name!r}: {len(self)}>"


def stash_in(state: TableState) -> Callable[[_T], _T]:
    """Returns the function that keeps an object alive until the table is reset."""

    def stash_graph_created_object(obj: _T) -> _T:
        """Keeps an object alive until reset, and return it."""
        state.registrations.kept.append(obj)
        return obj

    return stash_graph_created_object
