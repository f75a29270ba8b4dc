"""PyTorch's side table repaired, FX graphs that carry any object, and custom ops that take one.

* `install` and `uninstall`: the repair of `torch._dynamo.graph_bytecode_inputs`; `RepairError`: why
  it cannot be installed or uninstalled.
* `trace_objects` and `ObjectGraph`: a graph of `torch.fx`, with the function that fetches its
  objects; `ObjectTracer` traces it; the graph calls `lookup`, `call_method` and `after`.
  `MissingObjectsError`: what a graph cannot find.
* `custom_op` and `Carried`: custom ops that take Python objects, and are not compiled again for
  another object; `ObjectOp`: such an op. `CustomOpError`: why one cannot be declared;
  `ObjectAbsentError`: why one cannot be traced.

Importing this package imports nothing private of Dynamo: only `install` imports `repair`.

Floors, each importing only from those below it: `install`, `repair | fx | ops`, `errors`.
"""

from ._public import present_as
from .errors import CustomOpError as CustomOpError
from .errors import MissingObjectsError as MissingObjectsError
from .errors import ObjectAbsentError as ObjectAbsentError
from .errors import RepairError as RepairError
from .fx.calls import after as after
from .fx.calls import call_method as call_method
from .fx.calls import lookup as lookup
from .fx.graph import ObjectGraph as ObjectGraph
from .fx.graph import trace_objects as trace_objects
from .fx.tracer import ObjectTracer as ObjectTracer
from .install import Installed as Installed
from .install import install as install
from .install import is_installed as is_installed
from .install import uninstall as uninstall
from .ops.carried import Carried as Carried
from .ops.declaring import custom_op as custom_op
from .ops.op import ObjectOp as ObjectOp

__version__ = "0.1.0"

__all__ = [
    "Carried",
    "CustomOpError",
    "Installed",
    "MissingObjectsError",
    "ObjectAbsentError",
    "ObjectGraph",
    "ObjectOp",
    "ObjectTracer",
    "RepairError",
    "after",
    "call_method",
    "custom_op",
    "install",
    "is_installed",
    "lookup",
    "trace_objects",
    "uninstall",
]

present_as(
    __name__,
    Carried,
    CustomOpError,
    Installed,
    MissingObjectsError,
    ObjectAbsentError,
    ObjectGraph,
    ObjectOp,
    ObjectTracer,
    RepairError,
    after,
    call_method,
    custom_op,
    lookup,
    trace_objects,
)
