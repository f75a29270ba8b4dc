"""Frames: a binding for the length of a `with` block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn, Self, final

from sidetable_core.binding.state import StaysHere
from sidetable_core.binding.tails import FrameTail, is_open
from sidetable_source import FrameError

from .ends import enter, leave
from .handles import HANDLES

if TYPE_CHECKING:
    from types import TracebackType

    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.state import TableState

    from .handles import NamedFrame

_HINT: Final = "Enter each frame once, with a `with` statement of its own"


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

    __slots__ = ("__weakref__", "_named", "_owned", "_references", "_state", "_tail")

    def __init__(
        self, state: TableState, owned: tuple[object, ...], references: tuple[Reference, ...]
    ) -> None:
        self._tail: FrameTail | None = None
        self._state = state
        self._owned = owned
        self._references = references
        self._named: list[NamedFrame] = []

    def __del__(self) -> None:
        # Dropped without having been left: what it bound is taken off by whoever comes next.
        tail = getattr(self, "_tail", None)
        if tail is not None:
            tail.close()

    def __enter__(self) -> Self:
        """Binds the frame's objects in the current context.

        Raises:
            FrameError: If the frame was entered before.
        """
        if self._tail is not None:
            self._refuse("entered twice", "It was entered before")
        self._tail = FrameTail()
        enter(self._state, self._tail, self._references)
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
        tail = self._tail
        if tail is not None:
            # First of all: who has the handle is told that the frame has ended, not that an
            # object has died.
            tail.binding = None
        self._owned = self._references = ()
        if tail is None:
            self._refuse("left", "It was never entered")
        if not tail:
            self._refuse("left twice", "It was left before")
        if not leave(self._state, tail, kind):
            self._refuse(
                "left out of order",
                "The binding in this context is not this frame's: another frame is still open "
                "in it, or this is another context than the frame was entered in",
            )

    @property
    def handle(self) -> int:
        """A number that names the frame while it is open, for code that shares no context.

        `SideTable.resolve` and `resolve` find with it what the frame binds, from any thread. A
        plain int below 2**63, so it can be an argument of an operator or a callback; the same
        one each time it is asked for, and never that of another frame. It keeps nothing alive.

        Raises:
            FrameError: If the frame is not open: not yet entered, or left.

        Example:
            >>> from sidetable_core import SideTable, resolve
            >>> class Pool: ...
            >>> table, pool = SideTable(), Pool()
            >>> with table.frame(pool) as frame:
            ...     resolve(frame.handle, 0) is pool
            True
        """
        tail = self._tail
        if tail is None or not is_open(tail):
            self._refuse(
                "asked for its handle",
                "A handle names a frame that is open",
                "Ask inside the frame's `with` block, and pass on the number",
            )
        if not self._named:
            self._named.append(HANDLES.name(self._state, tail))
        # Where two threads come at once, the first one's is the frame's.
        return self._named[0].handle

    def _refuse(self, what: str, why: str, hint: str = _HINT) -> NoReturn:
        raise FrameError(f"a frame was {what}", why, hint, self._state.name)
