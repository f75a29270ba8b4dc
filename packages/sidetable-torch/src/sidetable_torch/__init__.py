"""PyTorch's side table repaired, and FX graphs that carry any object.

* `install` and `uninstall`: the repair of `torch._dynamo.graph_bytecode_inputs`.
* `RepairError`: why it can not be installed, or not be uninstalled.
* `trace_objects` and `ObjectGraph`: a graph of `torch.fx`, with the function that fetches its
  objects; `ObjectTracer`: what traces it; `lookup` and `call_method`: what it calls.
* `MissingObjectsError`: what a graph that was loaded does not find.

Floors, each importing only from those below it: `installing`, `repair | fx`, `errors`.
"""

from ._public import present_as
from .errors import MissingObjectsError as MissingObjectsError
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

__version__ = "0.1.0"

__all__ = [
    "Installed",
    "MissingObjectsError",
    "ObjectGraph",
    "ObjectTracer",
    "RepairError",
    "call_method",
    "install",
    "is_installed",
    "lookup",
    "trace_objects",
    "uninstall",
]

present_as(
    __name__,
    Installed,
    MissingObjectsError,
    ObjectGraph,
    ObjectTracer,
    RepairError,
    call_method,
    lookup,
    trace_objects,
)
