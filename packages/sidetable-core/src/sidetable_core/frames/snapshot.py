"""Snapshots: a binding kept, to be entered again later, elsewhere, several times at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, ParamSpec, Self, TypeVar, final

from sidetable_core.binding.state import StaysHere
from sidetable_core.binding.tails import FrameTail, innermost, settle
from sidetable_source import FrameError, NoBindingError

from .ends import enter, leave
from .frame import Frame
from .holding import hold_binding
from .wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from sidetable_core.binding.state import TableState

_P = ParamSpec("_P")
_T = TypeVar("_T")


@final
class Snapshot(StaysHere):
    """The objects that the indices meant when it was taken, to be bound again wherever needed.

    Made by `SideTable.snapshot`. Holds strongly what was alive when it was taken, until it is
    dropped; what was dead stays dead. A context refers to the objects weakly: one that was
    copied inside the block keeps neither them nor the snapshot alive. Taking one and entering it
    cost time and memory proportional to the number of objects.

    A context manager that can be entered any number of times: again after it was left, in
    several threads and tasks at once, and inside itself. Each time what was found is bound again
    afterwards, and what `set` or `store` changed meanwhile has gone. A block must not be left in
    another context than it was entered in, nor before the frames that were entered inside it:
    that is a `FrameError`, and no other binding changes.

    Raises:
        NoBindingError: If the context has no binding to take.

    Example:
        >>> from sidetable_core import SideTable
        >>> class Pool: ...
        >>> table, pool, other = SideTable(), Pool(), Pool()
        >>> with table.frame(pool):
        ...     snapshot = table.snapshot()
        >>> with table.frame(other):
        ...     with snapshot:
        ...         table.get(0) is pool
        ...     table.get(0) is other
        True
        True
    """

    __slots__ = ("__weakref__", "_entries", "_owned", "_references", "_state")

    def __init__(self, state: TableState) -> None:
        # By their identities: that of its entries is all that a list has to be found again by.
        self._entries: dict[int, FrameTail] = {}
        self._state = state
        binding = state.settled()
        if binding is None:
            raise NoBindingError(state.name)
        holding = hold_binding(binding)
        self._owned = holding.owned
        self._references = holding.references

    def __del__(self) -> None:
        # Where it was entered and not left, what it bound is taken off by whoever comes next.
        for tail in getattr(self, "_entries", {}).copy().values():
            tail.close()

    def __enter__(self) -> Self:
        """Binds the objects in the current context."""
        tail = FrameTail()
        try:
            enter(self._state, tail, self._references)
            self._entries[id(tail)] = tail
        except BaseException:
            # An interrupt, after which nobody is there to leave.
            self._leave(tail, KeyboardInterrupt)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Binds again what was found on entry.

        Raises:
            FrameError: If this is not the innermost frame of this context.
        """
        tail, is_off = None, False
        try:
            tail = self._entry_here()
            is_off = tail is not None and self._leave(tail, kind)
        except BaseException:
            # An interrupt in the middle, after which nobody comes back to leave.
            tail = self._entry_here() if tail is None else tail
            if tail is not None:
                self._leave(tail, kind)
            raise
        if tail is None:
            self._refuse("left", "It is not entered in this context")
        if not is_off:
            self._refuse(
                "left out of order",
                "A frame that was entered inside it is still open in this context",
            )

    def wrap(self, function: Callable[_P, _T]) -> Callable[_P, _T]:
        """Returns a function that runs another one with the objects bound.

        For what is called elsewhere: in an executor, by a hook, in a backward pass. It can be
        called any number of times, also at once; each call binds in its own context, and puts
        back what it found. Holds the snapshot, and the function.

        Args:
            function: The function. For a coroutine function, what is returned is one too, and
                binds until it has run to its end.

        Raises:
            FrameError: If it is a generator function, whose code runs when the call is over.
            TypeError: If it can not be called.

        Example:
            >>> from concurrent.futures import ThreadPoolExecutor
            >>> from sidetable_core import SideTable
            >>> class Pool: ...
            >>> table, pool = SideTable(), Pool()
            >>> with table.frame(pool):
            ...     look_up = table.snapshot().wrap(table.get)
            >>> with ThreadPoolExecutor(1) as threads:
            ...     threads.submit(look_up, 0).result() is pool
            True
        """
        return wrap(function, self._frame, self._state.name)

    def _frame(self) -> Frame:
        """Returns a frame of the same objects, for one call."""
        return Frame(self._state, self._owned, self._references)

    def _entry_here(self) -> FrameTail | None:
        """Returns the tail of the innermost entry that was made in this context."""
        variable = self._state.variable
        settle(variable)
        entries = self._entries.copy()
        current = entries.get(id(innermost(variable)))
        latest_first = [*reversed(entries.values())]
        for tail in latest_first if current is None else [current, *latest_first]:
            if tail.is_at_home(variable):
                return tail
        return None

    def _leave(self, tail: FrameTail, kind: type[BaseException] | None) -> bool:
        is_off = leave(self._state, tail, kind)
        self._entries.pop(id(tail), None)
        return is_off

    def _refuse(self, what: str, why: str) -> NoReturn:
        raise FrameError(
            f"a snapshot was {what}",
            why,
            "Enter it with a `with` statement, and leave what was entered last first",
            self._state.name,
        )
