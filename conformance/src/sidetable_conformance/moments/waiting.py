"""A lock that one thread takes twice is a thread that waits for ever, and is told so."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import get_ident
from typing import final

from sidetable_conformance.schedules.locks import cooperative_locks
from sidetable_conformance.schedules.own_code import OwnCode


@final
class WaitsForItself(BaseException):
    """Stands for a thread that waits for a lock that it has itself.

    No `Exception`, so that an implementation does not handle it as one of its own.
    """


@final
class Alone:
    """The one thread that there is: nobody else gives back what it waits for.

    Attributes:
        waited: How often it came to wait.
    """

    __slots__ = ("waited",)

    def __init__(self) -> None:
        self.waited = 0

    def wait_for(self, is_free: Callable[[], bool]) -> None:
        """Raises, unless the lock is free after all.

        Raises:
            WaitsForItself: In place of waiting.
        """
        if not is_free():
            self.waited += 1
            raise WaitsForItself


@contextmanager
def nobody_waits(code: OwnCode) -> Generator[Alone, None, None]:
    """Has an implementation's locks raise in this thread where they would wait, inside the block.

    What is made meanwhile has such locks for good, which wait as ever afterwards.
    """
    alone, here = Alone(), [get_ident()]
    with cooperative_locks(code, lambda: alone if get_ident() in here else None):
        yield alone
        here.clear()
