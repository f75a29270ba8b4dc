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

from typing import TYPE_CHECKING, Final

from .table.table import SideTable
from .table.views import BoundReferences, KeptAlive, stash_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .binding.references import Reference
    from .table.constructors import Constructor

# The one table of a module: PyTorch's names are module-level functions and need one.
_table: Final = SideTable("dynamo", edition="dynamo-2.13")
_state: Final = _table._state  # noqa: SLF001

CURRENT_STREAM_INDEX: Final = 0
"""The index under which PyTorch's compiler keeps the current stream."""

has_user_objects: Final = _table.has_user_objects
"""Returns whether anything is registered; see `SideTable.has_user_objects`."""

register_user_object: Final = _table.register_user_object
"""Gives a user object the next index; see `SideTable.register_user_object`."""

register_graph_created_object: Final = _table.register_graph_created_object
"""Gives a graph-created object the next index; see `SideTable.register_graph_created_object`."""

store_user_object_weakrefs: Final = _table.store
"""Replaces the whole binding of the current context; see `SideTable.store`."""

get_external_object_by_index: Final = _table.get
"""Returns the object that an index means in the current context; see `SideTable.get`."""

set_external_object_by_index: Final = _table.set
"""Makes one index mean another object, kept alive until reset; see `SideTable.set`."""

reset_user_object_tracking: Final = _table.reset
"""Ends all registrations and the current context's binding; see `SideTable.reset`."""

stash_graph_created_object: Final = stash_in(_state)
"""Keeps an object alive until reset, and return it."""

index_to_bytecode_constructor: Final[Mapping[int, Constructor]] = _table.constructors
"""A live, read-only view: for each index, what writes its object's code into a codegen."""

index_to_external_object_weakref: Final[Mapping[int, Reference]] = BoundReferences(_state)
"""A live, read-only view of the current context's binding: for each index, its reference."""

keep_alive: Final[Sequence[object]] = KeptAlive(_state)
"""A live, read-only view of what is kept alive until reset, in the order in which it came."""
