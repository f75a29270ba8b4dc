"""PyTorch's side table repaired, and FX graphs that carry any object.

* `install` and `uninstall`: the repair of `torch._dynamo.graph_bytecode_inputs`.
* `RepairError`: why it can not be installed, or not be uninstalled.
* `trace_objects` and `ObjectGraph`: a graph of `torch.fx`, with the function that fetches its
  objects; `ObjectTracer`: what traces it; `lookup` and `call_method`: what it calls.
* `MissingObjectsError`: what a graph that was loaded does not find.
* `custom_op` and `Carried`: custom ops that take Python objects, right for every object without
  being compiled again; `ObjectOp`: such an op. `CustomOpError` and `ObjectAbsentError`: why one can
  not be declared, or not be traced.

Floors, each importing only from those below it: `installing`, `repair | fx | ops`, `errors`.
"""

from ._public import present_as
from .errors import CustomOpError as CustomOpError
from .errors import MissingObjectsError as MissingObjectsError
from .errors import ObjectAbsentError as ObjectAbsentError
from .errors import RepairError as RepairError
from .fx.calls import call_method as call_method
from .fx.calls import lookup as lookup
from .fx.object_graph import ObjectGraph as ObjectGraph
from .fx.object_graph import trace_objects as trace_objects
from .fx.tracer import ObjectTracer as ObjectTracer
from .installing import Installed as Installed
from .installing import install as install
from .installing import is_installed as is_installed
from .installing import uninstall as uninstall
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
    call_method,
    custom_op,
    lookup,
    trace_objects,
)
