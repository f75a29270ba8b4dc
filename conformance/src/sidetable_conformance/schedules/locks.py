"""Locks that give the turn away instead of waiting.

A thread that waits for a lock never comes to its next boundary while the one that has the lock
is preempted, and nothing but time tells that it waits. So for as long as schedules are explored,
an implementation gets locks that say so.
"""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from .own_code import OwnCode
from .places import places


class Waiter(Protocol):
    """Who does something else than to wait for a lock."""

    def wait_for(self, is_free: Callable[[], bool]) -> None:
        """Returns when the lock may be free, as this function tells."""
        ...


Current: TypeAlias = Callable[[], Waiter | None]
"""Returns the worker whose thread this is, if it is one's."""

_LOCK: Final = threading.Lock
_RLOCK: Final = _thread.RLock  # what `threading.RLock` calls
_KINDS: Final = (type(_LOCK()), type(_RLOCK()))
_NAMES: Final = (
    (threading, ("Lock", "_allocate_lock", "RLock", "_CRLock")),
    (_thread, ("allocate_lock", "RLock")),
)


class CooperativeLock:
    """A real lock, for which a worker does not wait but gives its turn away.

    Whoever is no worker waits as ever. A worker's attempt with a time limit is over at once,
    because no time passes between two boundaries.

    Args:
        lock: The real lock.
        current: Which worker's thread this is.
    """

    __slots__ = ("__weakref__", "_current", "_lock")

    def __init__(self, lock: Any, current: Current) -> None:  # of two kinds that share no type
        self._lock: Final[Any] = lock
        self._current: Final = current

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquires the lock, as `threading.Lock.acquire` does."""
        worker = self._current()
        if worker is None:
            return bool(self._lock.acquire(blocking, timeout))
        while not self._lock.acquire(False):
            if not blocking or timeout >= 0:
                return False
            worker.wait_for(self._is_free)
        return True

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __getattr__(self, name: str) -> Any:  # whatever the real lock has
        return getattr(self._lock, name)

    def _is_free(self) -> bool:
        free = bool(self._lock.acquire(False))
        if free:
            self._lock.release()
        return free


@contextmanager
def cooperative_locks(code: OwnCode, current: Current) -> Generator[None, None, None]:
    """Gives an implementation cooperative locks inside the block.

    Every lock that is made meanwhile is one, whoever makes it. Of those that are there already,
    the ones in the implementation's own `places` are wrapped, and unwrapped afterwards.
    """

    class Lock(CooperativeLock):
        __slots__ = ()

        def __init__(self) -> None:
            super().__init__(_LOCK(), current)

    class RLock(CooperativeLock):
        __slots__ = ()

        def __init__(self) -> None:
            super().__init__(_RLOCK(), current)

        def _acquire_restore(self, state: object) -> None:
            # How a condition takes the lock back after it has waited.
            self.acquire()
            self._lock.release()
            self._lock._acquire_restore(state)  # noqa: SLF001  # what a condition calls

    makers = {id(_LOCK): Lock, id(_RLOCK): RLock, id(threading.RLock): RLock}
    with ExitStack() as restoring:
        for put, value in tuple(places(code)):
            if type(value) in _KINDS:  # isinstance would ask strangers' objects for a class
                restoring.callback(put, value)
                put(CooperativeLock(value, current))
            elif id(value) in makers:
                restoring.callback(put, value)
                put(makers[id(value)])
        for module, names in _NAMES:
            for name in names:
                maker = getattr(module, name)
                restoring.callback(partial(setattr, module, name, maker))
                setattr(module, name, RLock if "RLock" in name else Lock)
        yield
