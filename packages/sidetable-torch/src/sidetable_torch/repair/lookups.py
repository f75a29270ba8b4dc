"""The errors of a lookup: with codes of their own, and in PyTorch's own words as well.

Callers of PyTorch's table catch `AssertionError`, which each of them is, and may look for what it
says.
"""

from __future__ import annotations

from typing import Final, final

from sidetable_source import IndexNotRegisteredError, NoBindingError, ObjectNotAliveError

NAME: Final = "torch._dynamo.graph_bytecode_inputs"
"""What the errors call PyTorch's table."""

_NOT_REGISTERED: Final = "Index not registered in index_to_user_object_weakref"
_NOT_ALIVE: Final = "User object is no longer alive"


@final
class NotRegisteredError(IndexNotRegisteredError):
    """An index is not among those that are bound."""

    def _sentences(self) -> tuple[str, ...]:
        return (_NOT_REGISTERED, *super()._sentences())


@final
class NothingBoundError(NoBindingError):
    """Nothing was ever bound in a context."""

    def _sentences(self) -> tuple[str, ...]:
        return (
            _NOT_REGISTERED,
            *super()._sentences(),
            "By hand, store_user_object_weakrefs() binds here",
        )


@final
class NotAliveError(ObjectNotAliveError):
    """An index is bound whose object died."""

    def _sentences(self) -> tuple[str, ...]:
        return (_NOT_ALIVE, *super()._sentences())
