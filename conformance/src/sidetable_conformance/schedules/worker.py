"""One body in a thread of its own, which runs only when it has the turn."""

from __future__ import annotations

import sys
import threading
from _thread import allocate_lock
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context
from typing import Final, TypeAlias, final

from sidetable_conformance.bench.starting import start

from .boundaries import Boundaries
from .scenario import Operation

MOST_BOUNDARIES: Final = 100_000
"""How many boundaries one turn may have; a body that passes more runs in circles."""

Raw: TypeAlias = tuple[object, BaseException | None]
"""What an operation returned, or what it raised."""


@final
class Stopped(BaseException):
    """Unwinds a body whose schedule is not run to its end."""


@final
class Worker:
    """A thread that waits for its turn at every boundary.

    Args:
        operations: The body.
        boundaries: Those inside of operations; without, each operation begins at one.
        turn_over: What to call when the turn is over.

    Attributes:
        passed: How many boundaries were passed in this turn.
        total: How many were passed in all.
        identity: The thread's, as `threading.get_ident` gives it, while the body runs, or 0.
        ended: Whether the body has ended.
        waits_for: What tells whether the body could go on, while it waits for a lock.
        gave: What each operation gave.
    """

    __slots__ = (
        "_allowed",
        "_boundaries",
        "_operations",
        "_stopping",
        "_thread",
        "_turn",
        "_turn_over",
        "ended",
        "gave",
        "identity",
        "passed",
        "total",
        "waits_for",
    )

    def __init__(
        self,
        operations: Sequence[Operation],
        boundaries: Boundaries | None,
        turn_over: Callable[[], None],
    ) -> None:
        self._operations: Final = tuple(operations)
        self._boundaries: Final = boundaries
        self._turn_over: Final = turn_over
        self._turn: Final = allocate_lock()
        self._turn.acquire()
        self._allowed = 0
        self._stopping = False
        self.passed: int = 0
        self.total: int = 0
        self.ended: bool = False
        self.waits_for: Callable[[], bool] | None = None
        self.gave: Final[list[Raw]] = []
        self.identity: int = 0
        self._thread: Final = threading.Thread(target=self._work, name="sidetable schedule")

    # --- in the thread of whoever explores ----------------------------------------------------

    @property
    def can_go_on(self) -> bool:
        """Whether the body has not ended, and does not wait for a lock that is taken."""
        return not self.ended and (self.waits_for is None or self.waits_for())

    def go(self, boundaries: int) -> None:
        """Gives it the turn for this many boundaries, 0 for as many as there are.

        Raises:
            NotTestable: If its thread can not be started.
        """
        self._allowed = boundaries or MOST_BOUNDARIES
        self.passed = 0
        if self._thread.ident is None:
            start(self._thread)
        else:
            self._turn.release()

    def stop(self) -> None:
        """Unwinds the body, if it has begun and not ended, without waiting for it."""
        self._stopping = True
        if not self.ended:
            self._turn.release()

    def join(self, seconds: float) -> bool:
        """Waits for the thread to end, and returns whether it has."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    # --- in the thread itself -----------------------------------------------------------------

    def boundary(self) -> None:
        """Counts one boundary more, after waiting there for the next turn if this one is over."""
        if self.passed == self._allowed or self._stopping:
            self.pause()
        self.passed += 1
        self.total += 1

    def wait_for(self, is_free: Callable[[], bool]) -> None:
        """Gives the turn away because a lock is taken, and waits for another one."""
        self.waits_for = is_free
        self.pause()
        self.waits_for = None

    def pause(self) -> None:
        """Gives the turn away, and waits for another one.

        Raises:
            Stopped: If there is none.
        """
        if not self._stopping:
            self._turn_over()
            self._turn.acquire()
        if self._stopping:
            raise Stopped

    def _work(self) -> None:
        self.identity = threading.get_ident()
        with suppress(Stopped):
            Context().run(self._run)
        self.identity = 0
        self.ended = True
        if not self._stopping:
            self._turn_over()

    def _run(self) -> None:
        before = sys.gettrace()
        if self._boundaries is not None:
            self._boundaries.trace(self.boundary)
        try:
            for operation in self._operations:
                if self._boundaries is None:
                    self.boundary()
                self._operate(operation)
        finally:
            sys.settrace(before)

    def _operate(self, operation: Operation) -> None:
        try:
            self.gave.append((operation(), None))
        except Stopped:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever it is, the body saw it
            self.gave.append((None, error))
