"""A lock in each place where an implementation may keep one since it was imported."""

from __future__ import annotations

import threading
from threading import Lock, RLock

LOCK = Lock()
MAKERS = (Lock, RLock)  # in a container, where nobody looks


class Slotted:
    """Keeps a lock in a slot; the other one is empty."""

    __slots__ = ("empty", "lock")

    def __init__(self):
        self.lock = threading.Lock()


class Keeper:
    """Keeps one itself and one in its dictionary, and knows an object that has one too."""

    lock = threading.RLock()

    def __init__(self):
        self.own_lock = threading.Lock()
        self.slotted = Slotted()
        self.keeper = self


KEEPER = Keeper()


def close_over():
    """Returns a function that has a lock in a closure, beside what is not there yet."""
    lock = threading.Lock()

    def closed():
        return lock, later

    if LOCK is None:
        later = None
    return closed


CLOSED = close_over()


def locks():
    """Returns what stands in each place now."""
    return [
        LOCK,
        Keeper.lock,
        KEEPER.own_lock,
        KEEPER.slotted.lock,
        CLOSED.__closure__[1 if CLOSED.__code__.co_freevars[0] == "later" else 0].cell_contents,
    ]


def makers():
    """Returns what makes locks in this module."""
    return Lock, RLock
