"""A lock that one thread takes twice is a thread that waits for ever, and is told so."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import get_ident
from time import monotonic
from typing import Final, final

from sidetable_conformance.bench.elsewhere import BOUND
from sidetable_conformance.schedules import locks
from sidetable_conformance.schedules.own_code import OwnCode

_KIT: Final = (__file__, locks.__file__)


@final
class WaitsForItself(BaseException):
    """Stands for a thread that waits for a lock that it has itself.

    No `Exception`, so that an implementation does not handle it as one of its own.
    """


@final
class Alone:
    """The one thread that there is: nobody else gives back what it waits for.

    Args:
        code: What is the implementation's own. What others wait for in its name, such as the
            start of a thread, may come; they are given time.
        bound: How many seconds.

    Attributes:
        waited: How often it came to wait.
    """

    __slots__ = ("_bound", "_code", "waited")

    def __init__(self, code: OwnCode, bound: float = BOUND) -> None:
        self._code: Final = code
        self._bound: Final = bound
        self.waited: int = 0

    def wait_for(self, is_free: Callable[[], bool]) -> None:
        """Raises in place of waiting, unless the lock is free after all.

        Raises:
            WaitsForItself: If it is not.
        """
        ends = monotonic() + (0.0 if self._is_waiting() else self._bound)
        while not is_free():
            if monotonic() >= ends:
                self.waited += 1
                raise WaitsForItself

    def _is_waiting(self) -> bool:
        """Tells whether it is the implementation's own code that takes the lock."""
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_filename in _KIT:
            frame = frame.f_back
        return frame is not None and self._code.covers(frame.f_code.co_filename)


@contextmanager
def nobody_waits(code: OwnCode, bound: float = BOUND) -> Generator[Alone, None, None]:
    """Has an implementation's locks raise in this thread where they would wait, inside the block.

    What is made meanwhile has such locks for good, which wait as ever afterwards.
    """
    alone, here = Alone(code, bound), [get_ident()]
    with locks.cooperative_locks(code, lambda: alone if get_ident() in here else None):
        yield alone
        here.clear()
