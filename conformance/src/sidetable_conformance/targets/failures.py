"""The kinds of failure that an exception of a target's can be."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, final

from sidetable_source import (
    IndexNotRegisteredError,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
    StaleHandleError,
    UnknownHandleError,
    Unsupported,
    WrongTableError,
)


@final
class ErrorKind(StrEnum):
    """What an operation of a table says by raising.

    A target whose exceptions do not show it by their types says it by a function `classify`,
    which may return a member of this class or its text.

    Attributes:
        NEVER_BOUND: A lookup of an index to which nothing was ever bound.
        NO_BINDING: A lookup in a context that has no binding at all.
        DIED: A lookup of an index whose object has died.
        NOT_FOUND: A lookup that finds nothing, and does not say why.
        NOT_WEAK_REFERENCEABLE: A store or a set of an object that can not be weakly referenced.
        UNSUPPORTED: A registration of one.
        STALE_HANDLE: A lookup by the handle of a frame that has ended.
        UNKNOWN_HANDLE: A lookup by a number that never was a handle.
        WRONG_TABLE: A lookup by the handle of another table's frame.

    Example:
        >>> ErrorKind("died") is ErrorKind.DIED
        True
    """

    NEVER_BOUND = "never-bound"
    NO_BINDING = "no-binding"
    DIED = "died"
    NOT_FOUND = "not-found"
    NOT_WEAK_REFERENCEABLE = "not-weak-referenceable"
    UNSUPPORTED = "unsupported"
    STALE_HANDLE = "stale-handle"
    UNKNOWN_HANDLE = "unknown-handle"
    WRONG_TABLE = "wrong-table"


LOOKUP_KINDS: Final = frozenset(
    {ErrorKind.NEVER_BOUND, ErrorKind.NO_BINDING, ErrorKind.DIED, ErrorKind.NOT_FOUND}
)
"""What a lookup that finds nothing may say."""

# The errors of sidetable_source are children of the builtins, so they stand before them.
_BY_TYPE: Final[tuple[tuple[type[Exception], ErrorKind], ...]] = (
    (IndexNotRegisteredError, ErrorKind.NEVER_BOUND),
    (NoBindingError, ErrorKind.NO_BINDING),
    (ObjectNotAliveError, ErrorKind.DIED),
    (NotWeakReferenceableError, ErrorKind.NOT_WEAK_REFERENCEABLE),
    (Unsupported, ErrorKind.UNSUPPORTED),
    (StaleHandleError, ErrorKind.STALE_HANDLE),
    (UnknownHandleError, ErrorKind.UNKNOWN_HANDLE),
    (WrongTableError, ErrorKind.WRONG_TABLE),
    (LookupError, ErrorKind.NEVER_BOUND),
    (ReferenceError, ErrorKind.DIED),
    (AssertionError, ErrorKind.NOT_FOUND),
    (TypeError, ErrorKind.NOT_WEAK_REFERENCEABLE),
)


def kind_by_type(error: BaseException) -> ErrorKind | None:
    """Returns the kind of failure that the type of an exception shows, or None.

    Example:
        >>> kind_by_type(KeyError(3)), kind_by_type(OSError())
        (<ErrorKind.NEVER_BOUND: 'never-bound'>, None)
    """
    for type_, kind in _BY_TYPE:
        if isinstance(error, type_):
            return kind
    return None
