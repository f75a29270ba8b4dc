"""Side tables: what a captured graph carries integers for.

The key types:

* `SideTable`: registers objects under small integers, binds them for a context, looks them up.
* `Frame`: a binding for the length of a `with` block; made by `SideTable.frame`.
* `Snapshot`: a binding kept, to be entered again anywhere; made by `SideTable.snapshot`.
* `resolve` and `HANDLE`: find objects by a frame's handle, a number that can go anywhere.
* `AstCodegen` and `Scope`: write sources and constructors as Python expressions.
* `dynamo`: the same under the names of PyTorch's own side table, whose six functions are also
  exported here.

Each floor imports only from those below it: `dynamo`, `table`, `entry`, `frames`, `binding`,
`codegen`; all of them from `sidetable_source`.
"""

from . import dynamo
from .codegen.ast_codegen import AstCodegen
from .codegen.scope import Scope
from .dynamo import (
    get_external_object_by_index,
    has_user_objects,
    register_graph_created_object,
    register_user_object,
    reset_user_object_tracking,
    store_user_object_weakrefs,
)
from .entry.inputs import HANDLE
from .frames.frame import Frame
from .frames.handles import resolve
from .frames.snapshot import Snapshot
from .table.table import SideTable

__version__ = "0.1.0"

__all__ = [
    "HANDLE",
    "AstCodegen",
    "Frame",
    "Scope",
    "SideTable",
    "Snapshot",
    "dynamo",
    "get_external_object_by_index",
    "has_user_objects",
    "register_graph_created_object",
    "register_user_object",
    "reset_user_object_tracking",
    "resolve",
    "store_user_object_weakrefs",
]

# Tracebacks and `help()` then show the name that people write in an import.
for _named in (AstCodegen, Frame, Scope, SideTable, Snapshot, resolve, type(HANDLE)):
    _named.__module__ = __name__
