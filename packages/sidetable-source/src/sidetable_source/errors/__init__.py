"""Every error of the project, each with its own stable code.

`SideTableError` is the parent of all; each is also a child of the builtin that a caller would
guess. An error takes facts and keeps them as attributes; its text says what happened, why, and
what to do. `ST1xx` are about sources and code, `ST2xx` about registering and binding, `ST3xx`
about looking up, `ST4xx` about frames and handles.

Floor: the lowest of `sidetable_source`; it imports nothing of the project's but the function that
names its exports.
"""

from sidetable_source._public import publish as _publish

from ._error import SideTableError
from ._frames import FrameError, StaleHandleError, UnknownHandleError, WrongTableError
from ._lookup import IndexNotRegisteredError, NoBindingError, ObjectNotAliveError
from ._registration import NotWeakReferenceableError, Unsupported, unimplemented
from ._text import printable, type_name
from ._writing import CodegenError, InvalidSourceError

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
