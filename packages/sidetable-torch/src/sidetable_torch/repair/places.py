"""Where something is bound: in the call of a compiled function, or outside all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableSequence
    from contextvars import ContextVar, Token

    from .binding import Binding


class Place:
    """What a context knows of where its code runs.

    Args:
        variable: The context variable that has the place.
        kept: What is kept alive: outside of all calls by hand until reset, in a call until its end.
        is_bound: Whether anything has been bound here, or was when the place was entered. An
            answer that can be wrong in a copied context, where it costs time and nothing else.

    Attributes:
        held: The bindings that were made here: the table itself holds none.
    """

    __slots__ = ("_token", "_variable", "held", "is_bound", "kept")

    def __init__(
        self, variable: ContextVar[Place | None], kept: MutableSequence[object], *, is_bound: bool
    ) -> None:
        self.kept: MutableSequence[object] = kept
        self.is_bound: bool = is_bound
        self.held: list[Binding] = []
        self._variable = variable
        # The place where the current context's code runs, from now on.
        self._token: Token[Place | None] = variable.set(self)

    def end(self) -> bool:
        """Makes the place that was found the current one.

        Returns:
            Whether it is. Not, in a context that was copied from the one that this began in.
        """
        try:
            self._variable.reset(self._token)
        except (RuntimeError, ValueError):  # it has ended where it began, or it has not
            return False
        return True

    def is_here(self) -> bool:
        """Returns whether the current context is the one that this began in, and no copy of it."""
        try:  # as in `end`: each call that binds comes by, so that is not called
            self._variable.reset(self._token)
        except (RuntimeError, ValueError):
            return False
        self._token = self._variable.set(self)
        return True
