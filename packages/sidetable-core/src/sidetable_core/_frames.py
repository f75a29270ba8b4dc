"""Bindings for the length of a `with` block: frames, and snapshots that can be entered again."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from types import TracebackType
from typing import Final, NoReturn, ParamSpec, Self, TypeVar, cast, final

from sidetable_source import FrameError, NoBindingError
from sidetable_source.errors import type_name
from sidetable_source.sources import is_source

from ._binding import (
    DEAD,
    FRAME_PARTS,
    FrameOwner,
    Held,
    Reference,
    StaysHere,
    TableState,
    references_of,
)
from ._handles import HANDLES, NamedFrame
from ._native import fast

_P = ParamSpec("_P")
_T = TypeVar("_T")

_HINT: Final = "Enter each frame once, with a `with` statement of its own"


@final
class Frame(StaysHere):
    """One call's binding: its objects are found inside the `with` block, and only there.

    Made by `SideTable.frame`. A frame holds its objects strongly from when it is made until it
    is left or dropped. The binding refers to them weakly, so a context that was copied inside
    the block keeps nothing alive. Leaving the block restores what was bound before, on every way
    out. Entering takes time and memory proportional to the number of objects; leaving takes
    constant time.

    A frame can be entered once. Leave its block in the context that entered it, and after the
    frames that were entered inside it. Anything else is a `FrameError`: the frame ends, and no
    other frame's binding changes.

    Example:
        >>> from sidetable_core import SideTable
        >>> class Pool: ...
        >>> table, pool = SideTable(), Pool()
        >>> with table.frame(pool):
        ...     table.get(0) is pool
        True
    """

    __slots__ = ("__weakref__", "_named", "_owned", "_owner", "_references", "_state")

    def __init__(
        self, state: TableState, owned: tuple[object, ...], references: tuple[Reference, ...]
    ) -> None:
        self._owner: FrameOwner | None = None
        self._state = state
        self._owned = owned
        self._references = references
        self._named: list[NamedFrame] = []

    @fast("delete", *FRAME_PARTS)
    def __del__(self) -> None:
        # A frame that was never left: whoever comes next removes its binding.
        owner = getattr(self, "_owner", None)
        if owner is not None:
            owner.end()

    @fast("enter", *FRAME_PARTS)
    def __enter__(self) -> Self:
        """Bind the frame's objects in the current context.

        Raises:
            FrameError: If the frame was entered before.
        """
        if self._owner is not None:
            self._refuse("entered twice", "It binds its objects for one block only")
        self._owner = FrameOwner()
        self._state.enter(self._owner, self._references)
        return self

    @fast("leave", *FRAME_PARTS, __enter__)
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Restore what was bound on entry, and drop the objects.

        Raises:
            FrameError: If the frame is not the innermost one of this context.
        """
        owner = self._owner
        if owner is not None:
            # Before anything else: whoever has the handle is told that the frame has ended, and
            # not that an object has died.
            owner.binding = None
        self._owned = self._references = ()
        if owner is None:
            self._refuse("left before it was entered", "It has bound nothing that could end")
        if not owner.is_open:
            self._refuse("left twice", "It ended when it was left for the first time")
        if not self._state.leave(owner, kind):
            self._refuse(
                "left out of order",
                "The binding in this context is not this frame's: another frame is still open "
                "in it, or this is another context than the frame was entered in",
            )

    @property
    def handle(self) -> int:
        """A number that names the frame while it is open, for code that shares no context.

        `SideTable.resolve` and `resolve` use it to find what the frame binds, from any thread. It
        is a plain int below 2**63, so an operator or a callback can take it as an argument. It is
        always the same for this frame, and never that of another. It keeps nothing alive.

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
        owner = self._owner
        if owner is None or not owner.is_open:
            self._refuse(
                "asked for its handle while it was not open",
                "A handle names an open frame",
                "Ask inside the frame's `with` block, and pass on the number",
            )
        if not self._named:
            self._named.append(HANDLES.name(self._state, owner))
        # If two threads ask at once, the first one's is the frame's.
        return self._named[0].handle

    def _refuse(self, what: str, why: str, hint: str = _HINT) -> NoReturn:
        raise FrameError(f"a frame was {what}", why, hint, self._state.name)


@final
class Snapshot(StaysHere):
    """The objects that the indices meant when it was taken, to be bound again where needed.

    Made by `SideTable.snapshot`. A snapshot holds strongly what was alive when it was taken, until
    it is dropped; what was dead stays dead. A context refers to the objects weakly: one that was
    copied inside the block keeps neither them nor the snapshot alive. Taking and entering a
    snapshot takes time and memory proportional to the number of objects.

    A snapshot is a context manager that can be entered any number of times: again after it was
    left, in several threads and tasks at once, and inside itself. Leaving it restores what was
    found, and drops what `set` or `store` have changed inside. Leave a block in the context that
    entered it, and after the frames that were entered inside it. Anything else is a `FrameError`,
    and no other binding changes.

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

    __slots__ = ("__weakref__", "_entered", "_owned", "_references", "_state")

    def __init__(self, state: TableState) -> None:
        self._entered: list[FrameOwner] = []
        self._state = state
        binding = state.settled()
        if binding is None:
            raise NoBindingError(state.name)
        owned: list[object] = []
        references: list[Reference] = []
        for reference in references_of(binding):
            value = reference()
            if isinstance(reference, Held):
                # One of its own: the frame's ends with the frame.
                references.append(Held(value) if reference.is_open else DEAD)
            else:
                owned.append(value)
                references.append(reference)
        self._owned = tuple(owned)
        self._references = tuple(references)

    def __del__(self) -> None:
        # Where it was entered and not left, whoever comes next removes the binding.
        for owner in getattr(self, "_entered", ()):
            owner.end()

    def __enter__(self) -> Self:
        """Bind the objects in the current context."""
        owner = FrameOwner()
        self._entered.append(owner)
        try:
            self._state.enter(owner, self._references)
            return self  # noqa: TRY300  # an interrupt can come here too
        except BaseException:
            # Nobody will leave what was interrupted on entry.
            self._leave(owner, KeyboardInterrupt)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Restore what was bound on entry.

        Raises:
            FrameError: If this is not the innermost frame of this context.
        """
        owner = self._innermost_here()
        if owner is None:
            self._refuse("left", "It is not entered in this context")
        if not self._leave(owner, kind):
            self._refuse(
                "left out of order",
                "A frame that was entered inside it is still open in this context",
            )

    def wrap(self, function: Callable[_P, _T]) -> Callable[_P, _T]:
        """Return a function that runs another one with the objects bound.

        For code that runs elsewhere: in an executor, in a hook, in a backward pass. The result has
        the function's name and signature, and can be called any number of times, also at once.
        Each call binds in its own context, and restores what it found. It holds the snapshot and
        the function.

        Args:
            function: The function. For a coroutine function the result is one too, and binds
                until the coroutine has run to its end.

        Raises:
            FrameError: If it is a generator function: its code runs when the call is over.
            TypeError: If it is not callable.

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
        check_callable(function, "a function to wrap")
        if is_a(function, inspect.isgeneratorfunction, inspect.isasyncgenfunction):
            raise FrameError(
                "a snapshot cannot wrap a generator function",
                "Its frame would stay open across a `yield`, in the context of whoever drives it",
                "Wrap a function that returns what it computed, or enter the snapshot inside the "
                "generator between two yields",
                self._state.name,
            )
        if is_a(function, inspect.iscoroutinefunction):
            waiting = cast("Callable[_P, Awaitable[object]]", function)

            @wraps(function)
            async def awaited(*args: _P.args, **kwargs: _P.kwargs) -> object:
                with self._frame():
                    return await waiting(*args, **kwargs)

            return cast("Callable[_P, _T]", awaited)

        @wraps(function)
        def called(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            with self._frame():
                return function(*args, **kwargs)

        return called

    def _innermost_here(self) -> FrameOwner | None:
        """Return the owner of the innermost entry that was made in this context."""
        binding = self._state.settled()
        latest_first = self._entered[::-1]
        if isinstance(binding, tuple):
            latest_first.sort(key=lambda owner: owner is not binding[-1])
        return next((owner for owner in latest_first if owner.is_open and owner.is_home()), None)

    def _leave(self, owner: FrameOwner, kind: type[BaseException] | None) -> bool:
        try:
            return self._state.leave(owner, kind)
        finally:
            owner.end()
            self._entered.remove(owner)

    def _frame(self) -> Frame:
        """Return a frame of the same objects, for one call."""
        return Frame(self._state, self._owned, self._references)

    def _refuse(self, what: str, why: str) -> NoReturn:
        raise FrameError(
            f"a snapshot was {what}",
            why,
            "Enter it with a `with` statement, and leave what was entered last first",
            self._state.name,
        )


def check_callable(value: object, role: str) -> None:
    """Refuse what cannot be called. A source can be, but only to make the source of a call."""
    if not callable(value) or is_source(value):
        raise TypeError(f"{role} has to be callable, not {type_name(value)}")


def is_a(function: object, *kinds: Callable[[object], bool]) -> bool:
    """Return whether a function, or the call of an object, is of a kind that `inspect` knows."""
    return any(kind(function) or kind(type(function).__call__) for kind in kinds)
