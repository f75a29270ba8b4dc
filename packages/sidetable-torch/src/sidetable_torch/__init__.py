"""PyTorch's side table repaired.

* `install` and `uninstall`: the repair of `torch._dynamo.graph_bytecode_inputs`.
* `RepairError`: why it can not be installed, or not be uninstalled.

Floors, each importing only from those below it: `installing`, `repair`, `errors`.
"""

from ._public import present_as
from .errors import RepairError as RepairError
from .installing import Installed as Installed
from .installing import install as install
from .installing import is_installed as is_installed
from .installing import uninstall as uninstall

__version__ = "0.1.0"

__all__ = ["Installed", "RepairError", "install", "is_installed", "uninstall"]

present_as(__name__, Installed, RepairError)
