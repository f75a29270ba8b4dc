"""Every error of the project, each with its own stable code.

`SideTableError` is the parent of all; each is also a child of the builtin that a caller would
guess. An error takes facts and keeps them as attributes; its text says what happened, why, and
what to do. `ST1xx` are about sources and code, `ST2xx` about registering and binding, `ST3xx`
about looking up, `ST4xx` about frames and handles.

Floor: the lowest of `sidetable_source`; it imports nothing of the project's but the function that
names its exports.
"""

from sidetable_source._public import publish as _publish

from ._error import SideTableError as SideTableError
from ._frames import FrameError as FrameError
from ._frames import StaleHandleError as StaleHandleError
from ._frames import UnknownHandleError as UnknownHandleError
from ._frames import WrongTableError as WrongTableError
from ._lookup import IndexNotRegisteredError as IndexNotRegisteredError
from ._lookup import NoBindingError as NoBindingError
from ._lookup import ObjectNotAliveError as ObjectNotAliveError
from ._registration import NotWeakReferenceableError as NotWeakReferenceableError
from ._registration import Unsupported as Unsupported
from ._registration import unimplemented as unimplemented
from ._text import printable as printable
from ._text import type_name as type_name
from ._writing import CodegenError as CodegenError
from ._writing import InvalidSourceError as InvalidSourceError

__all__ = [
    "CodegenError",
    "FrameError",
    "IndexNotRegisteredError",
    "InvalidSourceError",
    "NoBindingError",
    "NotWeakReferenceableError",
    "ObjectNotAliveError",
    "SideTableError",
    "StaleHandleError",
    "UnknownHandleError",
    "Unsupported",
    "WrongTableError",
    "printable",
    "type_name",
    "unimplemented",
]

_publish(__name__, globals(), __all__)
