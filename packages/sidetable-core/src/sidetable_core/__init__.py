"""Side tables: objects that a captured graph carries as small integers.

Where to start reading:

* `SideTable` registers objects under small integers, binds them for a context, and looks them up.
* `Frame` is a binding for the length of a `with` block; `SideTable.frame` makes it.
* `Snapshot` is a binding to be entered again anywhere; `SideTable.snapshot` makes it.
* `resolve` and `HANDLE` find objects by a frame's handle, a number that can go anywhere.
* `AstCodegen` and `Scope` write sources and constructors as Python expressions.
* `LocalSource` and the other sources, and all errors, are those of `sidetable_source`.
* `dynamo` has PyTorch's own names for all of this, on one default table. PyTorch's six functions
  can be imported from here too.

Each module imports only from those after it: `dynamo`, `_table`, `_entry`, `_frames`, `_handles`,
`_binding`, `_variables`; `_entry` also from `_codegen`; all of them from `sidetable_source`.
"""

from typing import Final as _Final

import sidetable_source

# One import is enough: what sidetable_source exports, and only that, can be imported from here too.
from sidetable_source import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]

from . import dynamo
from ._codegen import AstCodegen, Scope
from ._entry import HANDLE
from ._frames import Frame, Snapshot
from ._handles import resolve
from ._native import implementation
from ._table import SideTable

__version__ = "0.1.0"

__all__ = [
    "HANDLE",
    "AstCodegen",
    "Frame",
    "Scope",
    "SideTable",
    "Snapshot",
    "dynamo",
    "implementation",
    "resolve",
]
__all__ += sidetable_source.__all__

# PyTorch's six functions, for who imports them from here; `dynamo` is where to look for them.
get_external_object_by_index: _Final = dynamo.get_external_object_by_index
has_user_objects: _Final = dynamo.has_user_objects
register_graph_created_object: _Final = dynamo.register_graph_created_object
register_user_object: _Final = dynamo.register_user_object
reset_user_object_tracking: _Final = dynamo.reset_user_object_tracking
store_user_object_weakrefs: _Final = dynamo.store_user_object_weakrefs

# Tracebacks and `help()` then show the name that people write in an import.
for _named in (AstCodegen, Frame, Scope, SideTable, Snapshot, resolve, type(HANDLE)):
    _named.__module__ = __name__
