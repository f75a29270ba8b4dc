"""PyTorch's side table under PyTorch's own names, on one table of edition dynamo-2.13.

A replacement for `torch._dynamo.graph_bytecode_inputs` that follows the same rules, with two
differences: what is stored belongs to the context that stored it, and so is never found by
another thread, task or greenlet; and `set_external_object_by_index` takes only indices that are
bound or registered. Lookup errors are `AssertionError`s here as there, and more.

Example:
    >>> from sidetable_core import dynamo
    >>> class Stream: ...
    >>> stream = Stream()
    >>> dynamo.store_user_object_weakrefs(stream)
    >>> dynamo.get_external_object_by_index(0) is stream
    True
    >>> dynamo.reset_user_object_tracking()
"""

# The views are of the insides of the one table.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar, final, overload

from ._binding import UNBOUND, Reference, StaysHere, TableState, bound_count, reference_at
from ._entry import Constructor
from ._table import LiveMapping, SideTable

_T = TypeVar("_T")


@final
class BoundReferences(LiveMapping[Reference]):
    """What the current context binds: for each bound index, its reference, dead or alive.

    Calling a reference gives the object, or None if it died. A live view: each use looks at the
    binding of the context that it is used in.
    """

    __slots__ = ()

    def at(self, index: int) -> Reference | None:
        """Return the reference at an index, or None if the current context does not bind it."""
        reference = reference_at(self._state.binding, index)
        return None if reference is UNBOUND else reference

    def pairs(self) -> Iterator[tuple[int, Reference]]:
        """Iterate over the indices that are bound now and their references, in order."""
        binding = self._state.binding
        pairs = ((index, reference_at(binding, index)) for index in range(bound_count(binding)))
        return (pair for pair in pairs if pair[1] is not UNBOUND)

    def __len__(self) -> int:
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
        return self._state.registrations.kept[index]

    def __len__(self) -> int:
        return len(self._state.registrations.kept)

    def __repr__(self) -> str:
        return f"<kept alive by table {self._state.name!r}: {len(self)}>"


# The one table of a module: PyTorch's names are module-level functions and need one.
_table: Final = SideTable("dynamo", edition="dynamo-2.13")
_state: Final = _table._state  # noqa: SLF001

CURRENT_STREAM_INDEX: Final = 0
"""The index under which PyTorch's compiler keeps the current stream."""

has_user_objects: Final = _table.has_user_objects
"""Return whether anything is registered; see `SideTable.has_user_objects`."""

register_user_object: Final = _table.register_user_object
"""Give a user object the next index; see `SideTable.register_user_object`."""

register_graph_created_object: Final = _table.register_graph_created_object
"""Give a graph-created object the next index; see `SideTable.register_graph_created_object`."""

store_user_object_weakrefs: Final = _table.store
"""Replace the whole binding of the current context; see `SideTable.store`."""

get_external_object_by_index: Final = _table.get
"""Return the object that an index means in the current context; see `SideTable.get`."""

set_external_object_by_index: Final = _table.set
"""Make one index mean another object, kept alive until reset; see `SideTable.set`."""

reset_user_object_tracking: Final = _table.reset
"""End all registrations and the current context's binding; see `SideTable.reset`."""


def stash_graph_created_object(obj: _T) -> _T:
    """Keep an object alive until reset, and return it."""
    _state.registrations.kept.append(obj)
    return obj


index_to_bytecode_constructor: Final[Mapping[int, Constructor]] = _table.constructors
"""A live, read-only view: for each index, what writes its object's code into a codegen."""

index_to_external_object_weakref: Final[Mapping[int, Reference]] = BoundReferences(_state)
"""A live, read-only view of the current context's binding: for each index, its reference."""

keep_alive: Final[Sequence[object]] = KeptAlive(_state)
"""A live, read-only view of what is kept alive until reset, in the order in which it came."""
