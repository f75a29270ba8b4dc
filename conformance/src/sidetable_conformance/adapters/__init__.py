"""Makes targets of implementations whose operations go by other names, or work otherwise.

* `adapt` gives a factory's tables the names that the kit drives, by a list of what is called how.
* `Adapter` is a parent for a class that says some operations anew, and passes the others on.
* `pytorch_dictionaries` and `pytorch_registry` adapt the two tables that PyTorch itself has had,
  and `PyTorchDictionaries` and `PyTorchRegistry` are small tables that do what those do. Nothing
  here imports PyTorch.

An adapter may also say what a target says about itself: `capabilities`, a collection of names;
`classify`, which returns an `ErrorKind` for an exception; and `collect`, which takes the place of
`gc.collect`.
"""

from sidetable_conformance._public import publish as _publish
from sidetable_conformance.targets.failures import ErrorKind as ErrorKind

from ._adapter import Adapter as Adapter
from ._dictionaries import PyTorchDictionaries as PyTorchDictionaries
from ._pytorch import pytorch_dictionaries as pytorch_dictionaries
from ._pytorch import pytorch_registry as pytorch_registry
from ._registry import PyTorchRegistry as PyTorchRegistry
from ._renaming import Names as Names
from ._renaming import adapt as adapt

__all__ = [
    "Adapter",
    "ErrorKind",
    "Names",
    "PyTorchDictionaries",
    "PyTorchRegistry",
    "adapt",
    "pytorch_dictionaries",
    "pytorch_registry",
]

_publish(__name__, globals(), __all__)
