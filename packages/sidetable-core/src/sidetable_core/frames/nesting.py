"""Which frame is the innermost one of a context, and what leaving one puts back."""

from __future__ import annotations

from typing import TYPE_CHECKING, final
from weakref import WeakSet

from sidetable_core.binding.tails import Tail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextvars import Token

    from sidetable_core.binding.references import Reference, SetReference
    from sidetable_core.binding.variables import Anchor, Variable


@final
class FrameTail(Tail):
    """The tail of a frame's binding: links the frame to the one around it.

    Contexts refer to it, so it refers to no object of the frame's. It lets go of the token, and
    with it of the context, as soon as the frame's binding has been taken off.
    """

    __slots__ = ("_set", "ended", "outer", "token")

    framed = True

    def __init__(self, anchor: Anchor, outer: FrameTail | None) -> None:
        super().__init__(anchor)
        self.outer = outer
        self.token: Token[Sequence[Reference] | None] | None = None
        self.ended = False
        self._set: WeakSet[SetReference] | None = None

    def own(self, reference: SetReference) -> None:
        """Note a reference that `set` puts into the frame's binding."""
        if self._set is None:
            self._set = WeakSet()
        self._set.add(reference)

    def end(self) -> None:
        """Let go of what `set` put in; from now on the frame is only waiting to be taken off."""
        self.ended = True
        for reference in self._set or ():
            reference.end()


def innermost(variable: Variable) -> FrameTail | None:
    """Return the tail of the frame whose binding the current context has, if it has one."""
    binding = variable.get(None)
    if isinstance(binding, tuple) and isinstance(binding[-1], FrameTail):
        return binding[-1]
    return None


def settle(variable: Variable) -> FrameTail | None:
    """Take off what frames that ended out of order left here; return the innermost frame."""
    tail = innermost(variable)
    while tail is not None and tail.ended and _put_back(variable, tail):
        tail = innermost(variable)
    return tail


def leave(variable: Variable, tail: FrameTail, *, unwound: bool) -> bool:
    """End a frame, and put back what it found if it is the innermost frame of this context.

    Args:
        variable: The table's variable.
        tail: The frame's tail.
        unwound: Whether the frames inside this one, if there are any, can not be left any more.

    Returns:
        Whether the frame was the innermost one. If not, no binding has changed.
    """
    current = settle(variable)
    tail.end()
    if current is not tail and not (unwound and _stands_inside(current, tail)):
        return False
    if not _put_back(variable, tail):
        return False
    settle(variable)
    return True


def _stands_inside(inner: FrameTail | None, outer: FrameTail) -> bool:
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.outer
    return False


def _put_back(variable: Variable, tail: FrameTail) -> bool:
    """Bind what a frame found; False if that was done before or belongs to another context."""
    token, tail.token = tail.token, None
    if token is None:
        return False
    try:
        variable.reset(token)
    except ValueError:
        tail.token = token
        return False
    return True
