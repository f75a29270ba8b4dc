"""The two ends of a frame: what entering binds, and what leaving puts back, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from sidetable_core.binding.tails import FrameTail, is_open, settle

if TYPE_CHECKING:
    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.state import TableState


def enter(state: TableState, tail: FrameTail, references: tuple[Reference, ...]) -> None:
    """Binds references in the current context, as a frame with this tail."""
    state.tail_over(state.settled())
    tail.put_in_place(state.variable, (*references, state.anchor, tail))


def leave(state: TableState, tail: FrameTail, kind: type[BaseException] | None) -> bool:
    """Ends a frame, and puts back what it found if it is the innermost frame of this context.

    Args:
        state: The table's state.
        tail: The frame's tail.
        kind: What the frame's block is left by, None for no exception.

    Returns:
        Whether what it found is bound again. If not, no binding has changed.
    """
    settle(state.variable)
    # An interrupt can come in the very exit of an inner frame and leave that one's binding in
    # place. It has unwound all that stood inside, so nobody is left to leave it.
    unwound = kind is not None and issubclass(kind, KeyboardInterrupt)
    # First taken off, then closed: what is closed, a finalizer may take off before we do.
    is_off = (unwound or _is_innermost(state, tail)) and tail.take_off(state.variable)
    tail.close()
    if is_off:
        settle(state.variable)
    else:
        _settle_later(state)
    return is_off


def _is_innermost(state: TableState, tail: FrameTail) -> bool:
    binding = state.binding
    if not isinstance(binding, tuple):
        return False
    current = binding[-1]
    # What an interrupted entry call left in place is nobody's any more.
    return current is tail or (type(current) is list and not is_open(current))


@final
class _Settling:
    """Settles when it is dropped: an entry call drops its tail after it put back what it found."""

    __slots__ = ("_state",)

    def __init__(self, state: TableState) -> None:
        self._state = state

    def __del__(self) -> None:
        settle(self._state.variable)
        _settle_later(self._state)


def _settle_later(state: TableState) -> None:
    """Has the entry call that runs here, if one does, take off what it puts back in vain."""
    binding = state.binding
    if isinstance(binding, tuple):
        tail = binding[-1]
        if is_open(tail) and not isinstance(tail, FrameTail):
            tail.append(_Settling(state))
