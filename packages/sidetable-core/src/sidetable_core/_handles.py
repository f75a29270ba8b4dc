"""Handles: numbers that name open frames, for code that shares no context with them."""

from __future__ import annotations

import operator
import os
from dataclasses import dataclass
from itertools import count
from typing import Final, NoReturn, SupportsIndex, final
from weakref import WeakValueDictionary

from sidetable_source import FrameError, StaleHandleError, UnknownHandleError, WrongTableError

from ._binding import FrameOwner, TableState

_CHECK_BITS: Final = 21
_SERIAL_BITS: Final = 63 - _CHECK_BITS


@final
@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class NamedFrame:
    """A frame with a handle. The frame owns it, so it is gone when the frame is.

    The state is kept here and not by the frame's owner, which a context can hold for long.
    """

    handle: int
    state: TableState
    owner: FrameOwner


@final
class Handles:
    """The handles of one process: which were given out, and which of them name an open frame.

    A handle is a serial number with check digits, so nobody has to remember which ones have
    ended. Each step is one operation of a dictionary, so threads and finalizers need no lock.
    """

    __slots__ = ("_living", "_secrets", "_serials")

    def __init__(self, first: int = 1) -> None:
        self._serials = count(first)
        self._secrets: dict[int, bytes] = {}
        self._living: WeakValueDictionary[int, NamedFrame] = WeakValueDictionary()

    def name(self, state: TableState, owner: FrameOwner) -> NamedFrame:
        """Give a frame a new handle."""
        serial = next(self._serials)
        if serial.bit_length() > _SERIAL_BITS:
            raise FrameError(
                "no handle is left",
                f"This process has given out 2**{_SERIAL_BITS}, and gives none out twice",
                "Start a new process",
                state.name,
            )
        # A secret for each process: what a fork's parent gives out later is nothing to its child.
        secret = self._secrets.setdefault(os.getpid(), os.urandom(16))
        named = NamedFrame(_handle(serial, secret), state, owner)
        self._living[named.handle] = named
        return named

    def find(self, handle: SupportsIndex, index: SupportsIndex, state: TableState | None) -> object:
        """Return what an index means in a frame, of this table if one is given."""
        number, index = operator.index(handle), operator.index(index)
        named = self._living.get(number)
        if named is None:
            self._refuse(number)
        binding = named.owner.binding
        if binding is None:
            raise StaleHandleError(number, named.state.name)
        if state is not None and named.state is not state:
            raise WrongTableError(number, state.name, named.state.name)
        try:
            return named.state.find(binding, index, whose="The frame's")
        except (LookupError, ReferenceError):
            # The frame may have ended in between, and let its objects go.
            if named.owner.is_open:
                raise
        raise StaleHandleError(number, named.state.name)

    def _refuse(self, handle: int) -> NoReturn:
        serial = handle >> _CHECK_BITS
        if 0 < serial < 1 << _SERIAL_BITS:
            for secret in self._secrets.copy().values():
                if _handle(serial, secret) == handle:
                    raise StaleHandleError(handle)
        raise UnknownHandleError(handle)


def _handle(serial: int, secret: bytes) -> int:
    return serial << _CHECK_BITS | hash((serial, secret)) % (1 << _CHECK_BITS)


# Threads that share no context share only the process, so no table and no context can own it.
HANDLES: Final = Handles()


def resolve(handle: SupportsIndex, index: SupportsIndex) -> object:
    """Return the very object that an index means in the frame that a handle names.

    Works in any thread, even in one that has no binding. Finds what the frame binds now: what it
    was entered with, or what `SideTable.set` or `SideTable.store` have put in since in its own
    context. Takes constant time and no lock, and keeps nothing alive.

    Args:
        handle: The handle of a frame of any table in this process; see `Frame.handle`.
        index: The index; anything with `__index__`.

    Raises:
        StaleHandleError: If the frame has ended.
        UnknownHandleError: If no frame was ever given this handle.
        IndexNotRegisteredError: If the frame does not bind the index.
        NoBindingError: If the frame does not bind the index, and it is registered.
        ObjectNotAliveError: If the object died.
        TypeError: If the handle or the index is not an integer.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> from sidetable_core import SideTable, resolve
        >>> class Pool: ...
        >>> table, pool = SideTable(), Pool()
        >>> with table.frame(pool) as frame, ThreadPoolExecutor(1) as threads:
        ...     threads.submit(resolve, frame.handle, 0).result() is pool
        True
    """
    return HANDLES.find(handle, index, None)
