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

from . import dynamo as dynamo
from ._public import present_as
from .codegen.ast_codegen import AstCodegen as AstCodegen
from .codegen.scope import Scope as Scope
from .dynamo import get_external_object_by_index as get_external_object_by_index
from .dynamo import has_user_objects as has_user_objects
from .dynamo import register_graph_created_object as register_graph_created_object
from .dynamo import register_user_object as register_user_object
from .dynamo import reset_user_object_tracking as reset_user_object_tracking
from .dynamo import store_user_object_weakrefs as store_user_object_weakrefs
from .entry.inputs import HANDLE as HANDLE
from .frames.frame import Frame as Frame
from .frames.handles import resolve as resolve
from .frames.snapshot import Snapshot as Snapshot
from .table.table import SideTable as SideTable

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

present_as(__name__, AstCodegen, Frame, Scope, SideTable, Snapshot, resolve, type(HANDLE))
