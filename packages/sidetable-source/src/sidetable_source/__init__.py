"""The vocabulary of side tables: how to say where an object comes from.

A captured graph carries integers, and code that runs before it fetches the objects that the
integers stand for. The two sides of that code share this package:

* `Source` is a value that says how to fetch an object again: `self.pool["main"].connection`. Its
  kinds are `LocalSource`, `ClosureSource`, `GlobalSource`, `ConstantSource`, `ImportSource`,
  `AttrSource`, `GetItemSource` and `CallSource`.
* `Codegen` is the protocol that a source writes code into.
* `SideTableError` and its children are every error of the project, each with a code.

Each module imports only from those after it: `sources`, `codegen`, `errors`.
"""

from .codegen import Codegen, Constant, Reconstructible
from .errors import (
    CodegenError,
    FrameError,
    IndexNotRegisteredError,
    InvalidSourceError,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
    SideTableError,
    StaleHandleError,
    UnknownHandleError,
    Unsupported,
    WrongTableError,
    unimplemented,
)
from .sources import (
    AttrSource,
    CallSource,
    ClosureSource,
    ConstantSource,
    GetItemSource,
    GlobalSource,
    ImportSource,
    LocalSource,
    Source,
)

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
