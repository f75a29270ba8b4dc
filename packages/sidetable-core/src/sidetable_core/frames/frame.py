"""Frames: a binding for the length of a `with` block."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Self, final
from weakref import ref

from sidetable_core.binding.references import Hold, HoldReference, Reference
from sidetable_core.binding.staying import StaysHere
from sidetable_core.binding.tails import FrameTail
from sidetable_source import FrameError, NotWeakReferenceableError
from sidetable_source.errors import type_name

from .leaving import leave

if TYPE_CHECKING:
    from collections.abc import Container
    from types import TracebackType

    from sidetable_core.binding.state import TableState


@final
class Frame(StaysHere):
    """One call's binding: its objects are found inside the `with` block, and only there.

    Made by `SideTable.frame`. Holds its objects strongly from when it is made until it is left
    (or dropped); the binding refers to them weakly, so a context that was copied inside the
    block keeps nothing alive. What was bound before is bound again afterwards, on every way out.
    Entering costs time and memory proportional to the number of objects, leaving costs neither.

    A frame can be entered once. Its block must not be left in another context than it was
    entered in, nor before the frames that were entered inside it: that is a `FrameError`, the
    frame ends, and no other frame's binding changes.

    Raises:
        NotWeakReferenceableError: If an object can not be weakly referenced and its index is
            not registered with `hold="frame"`.

    Example:
        >>> from sidetable_core import SideTable
        >>> class Pool: ...
        >>> table, pool = SideTable(), Pool()
        >>> with table.frame(pool):
        ...     table.get(0) is pool
        True
    """

    __slots__ = ("__weakref__", "_held", "_references", "_state", "_tail")

    def __init__(
        self,
        state: TableState,
        objects: tuple[object, ...],
        held: Container[int],
        operation: str = "frame",
    ) -> None:
        self._tail: FrameTail | None = None
        self._state = state
        self._held, self._references = _hold(state, objects, held, operation)

    def __del__(self) -> None:
        # Dropped without having been left: what it bound is taken off by whoever comes next.
        tail = getattr(self, "_tail", None)
        if tail is not None:
            tail.clear()

    def __enter__(self) -> Self:
        """Binds the frame's objects in the current context.

        Raises:
            FrameError: If the frame was entered before.
        """
        if self._tail is not None:
            self._refuse("entered twice", "It was entered before")
        state = self._state
        state.tail_over(state.settled())
        self._tail = FrameTail()
        binding = (*self._references, state.anchor, self._tail)
        self._tail.put_in_place(state.variable, binding)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Binds again what was found on entry, and let the objects go.

        Raises:
            FrameError: If the frame is not the innermost one of this context.
        """
        self._held = self._references = ()
        tail = self._tail
        if tail is None:
            self._refuse("left", "It was never entered")
        if not tail:
            self._refuse("left twice", "It was left before")
        # An interrupt can come in the very exit of an inner frame and leave that one's binding
        # in place. It has unwound all that stood inside, so nobody is left to leave it.
        unwound = kind is not None and issubclass(kind, KeyboardInterrupt)
        if not leave(self._state, tail, unwound=unwound):
            self._refuse(
                "left out of order",
                "The binding in this context is not this frame's: another frame is still open "
                "in it, or this is another context than the frame was entered in",
            )

    def _refuse(self, what: str, why: str) -> NoReturn:
        raise FrameError(
            f"a frame was {what}",
            why,
            "Enter each frame once, with a `with` statement of its own",
            self._state.name,
        )


def _hold(
    state: TableState, objects: tuple[object, ...], indices: Container[int], operation: str
) -> tuple[tuple[object, ...], tuple[Reference, ...]]:
    """Returns what a frame has to own, and the references through which it is found."""
    held: list[object] = []
    references: list[Reference] = []
    for index, value in enumerate(objects):
        if index in indices:
            hold = Hold(value)
            held.append(hold)
            references.append(HoldReference(hold))
        else:
            try:
                references.append(ref(value))
            except TypeError as error:
                raise NotWeakReferenceableError(
                    type_name(value), state.name, index, operation
                ) from error
            held.append(value)
    return tuple(held), tuple(references)
