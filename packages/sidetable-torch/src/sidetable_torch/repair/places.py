"""Where something is bound: in the call of a compiled function, or outside all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableSequence
    from contextvars import ContextVar, Token


class Place:
    """What a context knows of where its code runs.

    Args:
        variable: The context variable that has the place.
        kept: What is kept alive: outside of all calls by hand until reset, in a call until its end.
        is_bound: Whether anything has been bound here, or was when the place was entered. An
            answer that can be wrong in a copied context, where it costs time and nothing else.
    """

    __slots__ = ("_token", "_variable", "is_bound", "kept")

    def __init__(
        self, variable: ContextVar[Place | None], kept: MutableSequence[object], *, is_bound: bool
    ) -> None:
        self.kept: MutableSequence[object] = kept
        self.is_bound: bool = is_bound
        self._variable = variable
        self._token: Token[Place | None]

    def begin(self) -> None:
        """Makes this the place where the current context's code runs."""
        self._token = self._variable.set(self)

    def end(self) -> None:
        """Makes the place that was found the current one, in the context that began this one."""
        self._variable.reset(self._token)

    def is_here(self) -> bool:
        """Returns whether the current context is the one that began here, and no copy of it."""
        try:  # each call that binds comes by, so nothing is called that can be written here
            self._variable.reset(self._token)
        except ValueError:
            return False
        self._token = self._variable.set(self)
        return True
