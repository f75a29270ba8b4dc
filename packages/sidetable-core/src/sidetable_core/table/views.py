"""Read-only views of what PyTorch keeps in module globals: live, but not while gone through."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, final, overload

from sidetable_core.binding.lookup import bound_count, is_bound, reference_at
from sidetable_core.binding.state import StaysHere

if TYPE_CHECKING:
    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.state import TableState

_T = TypeVar("_T")

_Pairs: TypeAlias = Iterator[tuple[int, _T]]


class LiveMapping(StaysHere, Mapping[int, _T]):
    """What there is at each index now.

    An iteration, also of `items()` or `values()`, goes over what there was when it began, whatever
    is registered, bound or reset meanwhile. To copy it while that can happen, `dict(view.items())`
    takes all at once; `dict(view)` looks up one index after the other.

    Args:
        state: The table's state.
    """

    __slots__ = ("_state",)

    def __init__(self, state: TableState) -> None:
        self._state = state

    @abstractmethod
    def _pairs(self) -> _Pairs[_T]:
        """Goes over the indices that there are now and what is at each, in order."""

    def items(self) -> ItemsView[int, _T]:
        """Returns a live view of the indices with what is at each."""
        return LiveItems(self, self._pairs)

    def values(self) -> ValuesView[_T]:
        """Returns a live view of what is at the indices."""
        return LiveValues(self, self._pairs)


@final
class LiveItems(ItemsView[int, _T]):
    """The indices of such a mapping with what is at each; `pairs` goes over them."""

    __slots__ = ("_pairs",)

    def __init__(self, live: LiveMapping[_T], pairs: Callable[[], _Pairs[_T]]) -> None:
        super().__init__(live)
        self._pairs: Final = pairs

    def __iter__(self) -> _Pairs[_T]:
        return self._pairs()


@final
class LiveValues(ValuesView[_T]):
    """What is at the indices of such a mapping."""

    __slots__ = ("_pairs",)

    def __init__(self, live: LiveMapping[_T], pairs: Callable[[], _Pairs[_T]]) -> None:
        super().__init__(live)
        self._pairs: Final = pairs

    def __iter__(self) -> Iterator[_T]:
        return (value for _, value in self._pairs())

    def __contains__(self, value: object) -> bool:
        return any(each is value or each == value for each in self)


@final
class BoundReferences(LiveMapping["Reference"]):
    """What the current context binds: for each bound index, its reference, dead or alive.

    Calling a reference gives the object, or None when it died. A live view: each use looks at
    the binding of the context that it is used in.
    """

    __slots__ = ()

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
        return (index for index, _ in self._pairs())

    def _pairs(self) -> _Pairs[Reference]:
        binding = self._state.binding
        indices = range(bound_count(binding))
        return ((each, reference_at(binding, each)) for each in indices if is_bound(binding, each))

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
