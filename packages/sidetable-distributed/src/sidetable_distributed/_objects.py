"""Objects that live longer than a task: one set for each process, never inherited by a fork."""

from __future__ import annotations

import itertools
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from multiprocessing.util import Finalize
from typing import Final, TypeAlias, final

_LOGGER: Final = logging.getLogger("sidetable_distributed")

# Whose object it is (0 for the process, else the number of a thread), its factory, and the rest.
Key: TypeAlias = tuple[int, str, str]


@final
class Kept:
    """An object, the number of its users, and how to close it."""

    __slots__ = ("_close", "is_making", "key", "making", "retired", "users", "value")

    def __init__(self, key: Key | None) -> None:
        self.key: Final = key
        self.making: Final = threading.RLock()  # so that a factory that needs itself is noticed
        self.is_making = False
        self.value: object = None
        self.users = 0
        self.retired = key is None
        self._close: Callable[[], object] | None = None

    @property
    def is_made(self) -> bool:
        """Whether there is an object that is not closed."""
        return self._close is not None

    def make(self, make: Callable[[], tuple[object, Callable[[], object]]]) -> None:
        """Make the object, and keep the function that closes it."""
        if self.is_making:
            raise RuntimeError("A factory ran a job that needs the object that it is making")
        self.is_making = True
        try:
            self.value, self._close = make()
        finally:
            self.is_making = False

    def close(self) -> None:
        """Close the object, if there is one; a second call does nothing."""
        close, self._close, self.value = self._close, None, None
        if close is not None:
            close()


def close_and_log(kept: Iterable[Kept]) -> None:
    """Close objects outside a task's own end; log an error, and close the others."""
    for each in kept:
        try:
            each.close()
        except Exception:
            _LOGGER.exception("An object could not be closed (%s)", each.key)


@final
class _Thread:
    """What belongs to a thread; dropped when the thread ends, which closes its objects.

    A later thread can get the same `ident`, so that cannot tell whose an object is.
    """

    __slots__ = ("_objects", "number")

    def __init__(self, objects: Objects, number: int) -> None:
        self._objects = objects
        self.number = number

    def __del__(self) -> None:
        self._objects.close_all(self.number)


@final
class Objects:
    """The objects that this process keeps for its tasks: its own, and each thread's.

    It holds them strongly until they are evicted, or their thread or the process ends. An object
    in use stays open: the last task that uses it closes it. A lookup and a release take constant
    time; only making room looks at all objects.
    """

    def __init__(self) -> None:
        self._process: Final = os.getpid()
        self._lock: Final = threading.RLock()  # a finalizer may run a job while it is held
        self._kept: Final[OrderedDict[Key, Kept]] = OrderedDict()
        self._local: Final = threading.local()
        self._numbers: Final = itertools.count(1)
        self._is_watching = False

    def thread(self) -> int:
        """Return the number of this thread, which no other thread ever gets."""
        thread: _Thread | None = getattr(self._local, "thread", None)
        if thread is None:
            thread = self._local.thread = _Thread(self, next(self._numbers))
        return thread.number

    def take(self, key: Key) -> Kept:
        """Return what is kept under a key, perhaps not made yet, with one user more."""
        with self._lock:
            if not self._is_watching:
                # A worker of a process pool runs these, and no `atexit` before Python 3.13.
                Finalize(None, self.close_all, exitpriority=10)
                self._is_watching = True
            kept = self._kept.get(key)
            if kept is None:
                kept = self._kept[key] = Kept(key)
            self._kept.move_to_end(key)
            kept.users += 1
            return kept

    def give_back(self, kept: Kept, limit: int) -> None:
        """End one use, and close what is idle and above the limit."""
        with self._lock:
            kept.users -= 1
            if not (kept.is_made or kept.users):
                self._retire(kept)
            closing = [kept] if kept.retired and not kept.users else []
            closing += self._evicted(kept, limit)
        close_and_log(closing)

    def make_room(self, kept: Kept, limit: int) -> None:
        """Close idle objects of the same factory, for one that is about to be made."""
        with self._lock:
            closing = self._evicted(kept, limit)
        close_and_log(closing)

    def retire(self, kept: Kept) -> None:
        """Give this object to no more tasks; the last user closes it."""
        with self._lock:
            self._retire(kept)

    def close_all(self, number: int | None = None) -> None:
        """Close what is kept, for one thread or all; what is in use, when its use ends."""
        if self._process != os.getpid():
            return  # these are the parent's, and the lock may have been held when it forked
        with self._lock:
            ending = [each for key, each in self._kept.items() if number in (None, key[0])]
            for each in ending:
                self._retire(each)
            closing = [each for each in ending if not each.users]
        close_and_log(closing)

    def _retire(self, kept: Kept) -> None:
        kept.retired = True
        if kept.key is not None and self._kept.get(kept.key) is kept:
            del self._kept[kept.key]

    def _evicted(self, kept: Kept, limit: int) -> list[Kept]:
        """Remove and return what is idle and above the limit, least recently used first."""
        if kept.key is None or len(self._kept) <= limit:
            return []
        group = [each for key, each in self._kept.items() if key[:2] == kept.key[:2]]
        idle = [each for each in group if not each.users]
        evicted = idle[: max(0, len(group) - limit)]
        for each in evicted:
            self._retire(each)
        return evicted


@final
class _Here:
    """The objects of the current process."""

    def __init__(self) -> None:
        self.objects = Objects()
        self._inherited: Final[list[Objects]] = []
        # Windows has no fork.
        getattr(os, "register_at_fork", dict)(after_in_child=self._forked)

    def _forked(self) -> None:
        """Start with no objects in a forked child.

        The child keeps the parent's objects forever: if it dropped them, a finalizer could close
        a connection that the parent still uses.
        """
        self._inherited.append(self.objects)
        self.objects = Objects()


HERE: Final = _Here()
"""What all jobs of a process share; see `Objects` for what it holds."""


@final
class Use:
    """One task's use of an object; it ends with the task, and another task can find the object.

    Args:
        scope: `"task"`, `"thread"` or `"process"`.
        factory: What makes it. The limit is for all objects of one factory.
        rest: What else tells it from other objects of that factory.
        limit: How many objects of this factory are kept.
    """

    __slots__ = ("_kept", "_limit", "_objects", "_process")

    def __init__(self, scope: str, factory: str, rest: str, limit: int) -> None:
        self._process = os.getpid()
        self._objects = HERE.objects
        self._limit = limit
        if scope == "task":
            self._kept = Kept(None)
        else:
            number = self._objects.thread() if scope == "thread" else 0
            self._kept = self._objects.take((number, factory, rest))

    def value(self, make: Callable[[], tuple[object, Callable[[], object]]]) -> object:
        """Return the object; make it if there is none, while other threads wait."""
        kept = self._kept
        with kept.making:
            if not kept.is_made:
                self._objects.make_room(kept, self._limit)
                kept.make(make)
            return kept.value

    def retire(self) -> None:
        """End the use of an object that no other task is to get."""
        self._objects.retire(self._kept)
        self.end(failed=True)

    def end(self, *, failed: bool) -> None:
        """End the use. Closing an object that was made for one task can fail the task.

        Args:
            failed: Whether the task has failed already. A closing error is then only logged.
        """
        if self._process != os.getpid():
            return  # the task forked, and the object is the parent's
        if self._kept.key is not None:
            self._objects.give_back(self._kept, self._limit)
        elif failed:
            close_and_log([self._kept])
        else:
            self._kept.close()


def end_all(uses: list[Use], *, failed: bool) -> None:
    """End every use, the last one first, whatever closing one of them raises.

    Args:
        uses: The uses; the list is empty afterwards.
        failed: Whether the task has failed already.
    """
    try:
        while uses:
            use = uses.pop()
            use.end(failed=failed)
    except BaseException:
        end_all(uses, failed=True)
        raise
