"""The vocabulary of side tables: how to say where an object comes from.

A captured graph carries integers, and code that runs before it fetches the objects that the
integers stand for. This package is what the two sides of that code share:

* `Source`: a value that says how to fetch an object again: `self.pool["main"].connection`. Its
  kinds are `LocalSource`, `ClosureSource`, `GlobalSource`, `ConstantSource`, `ImportSource`,
  `AttrSource`, `GetItemSource` and `CallSource`.
* `Codegen`: the protocol that a source writes code into.
* `SideTableError` and its children: every error of the project, each with a code.

Floors, each importing only from those below it: `sources`, `codegen`, `errors`.
"""

from .codegen import Codegen as Codegen
from .codegen import Constant as Constant
from .codegen import Reconstructible as Reconstructible
from .errors import CodegenError as CodegenError
from .errors import FrameError as FrameError
from .errors import IndexNotRegisteredError as IndexNotRegisteredError
from .errors import InvalidSourceError as InvalidSourceError
from .errors import NoBindingError as NoBindingError
from .errors import NotWeakReferenceableError as NotWeakReferenceableError
from .errors import ObjectNotAliveError as ObjectNotAliveError
from .errors import SideTableError as SideTableError
from .errors import StaleHandleError as StaleHandleError
from .errors import UnknownHandleError as UnknownHandleError
from .errors import Unsupported as Unsupported
from .errors import WrongTableError as WrongTableError
from .errors import unimplemented as unimplemented
from .sources import AttrSource as AttrSource
from .sources import CallSource as CallSource
from .sources import ClosureSource as ClosureSource
from .sources import ConstantSource as ConstantSource
from .sources import GetItemSource as GetItemSource
from .sources import GlobalSource as GlobalSource
from .sources import ImportSource as ImportSource
from .sources import LocalSource as LocalSource
from .sources import Source as Source

__all__ = [
    "AttrSource",
    "CallSource",
    "ClosureSource",
    "Codegen",
    "CodegenError",
    "Constant",
    "ConstantSource",
    "FrameError",
    "GetItemSource",
    "GlobalSource",
    "ImportSource",
    "IndexNotRegisteredError",
    "InvalidSourceError",
    "LocalSource",
    "NoBindingError",
    "NotWeakReferenceableError",
    "ObjectNotAliveError",
    "Reconstructible",
    "SideTableError",
    "Source",
    "StaleHandleError",
    "UnknownHandleError",
    "Unsupported",
    "WrongTableError",
    "unimplemented",
]

__version__ = "0.1.0"
