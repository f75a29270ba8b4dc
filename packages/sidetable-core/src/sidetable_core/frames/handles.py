"""Handles: numbers that name open frames, for code that shares no context with them."""

from __future__ import annotations

import operator
import os
from itertools import count
from typing import TYPE_CHECKING, Final, NoReturn, SupportsIndex, final
from weakref import KeyedRef

from sidetable_core.binding.lookup import find_in
from sidetable_core.binding.tails import is_open
from sidetable_source import FrameError, StaleHandleError, UnknownHandleError, WrongTableError

if TYPE_CHECKING:
    from sidetable_core.binding.state import TableState
    from sidetable_core.binding.tails import Binding, FrameTail

_CHECK_BITS: Final = 21
_SERIAL_BITS: Final = 63 - _CHECK_BITS


@final
class NamedFrame:
    """What a handle names. The frame owns it, so it is gone when the frame is.

    Attributes:
        handle: The handle.
        state: The state of the frame's table.
    """

    __slots__ = ("__weakref__", "_tail", "handle", "state")

    def __init__(self, handle: int, state: TableState, tail: FrameTail) -> None:
        self.handle: Final = handle
        self.state: Final = state
        self._tail = tail

    @property
    def binding(self) -> Binding | None:
        """What the frame binds now, None when it has ended."""
        binding = self._tail.binding
        return binding if is_open(self._tail) else None


@final
class Handles:
    """The handles of one process: which were given out, and which of them name an open frame.

    A handle is a serial number with check digits, so nobody has to remember which ones have
    ended. Each step is one operation of a dictionary, so threads and finalizers need no lock.

    Args:
        first: The first serial number.
    """

    __slots__ = ("_living", "_secrets", "_serials")

    def __init__(self, first: int = 1) -> None:
        self._serials = count(first)
        self._secrets: dict[int, bytes] = {}
        self._living: dict[int, KeyedRef[int, NamedFrame]] = {}

    def name(self, state: TableState, tail: FrameTail) -> NamedFrame:
        """Gives out a handle that was never given out before.

        Raises:
            FrameError: If there is none left.
        """
        serial = next(self._serials)
        if serial.bit_length() > _SERIAL_BITS:
            raise FrameError(
                "no handle is left",
                f"This process has given out 2**{_SERIAL_BITS}, and gives none out twice",
                "Begin a new process",
                state.name,
            )
        # A secret for each process: what a fork's parent gives out later is nothing to its child.
        secret = self._secrets.get(os.getpid())
        if secret is None:
            secret = self._secrets.setdefault(os.getpid(), os.urandom(16))
        named = NamedFrame(_handle(serial, secret), state, tail)
        self._living[named.handle] = KeyedRef(named, self._forget, named.handle)
        return named

    def named(self, handle: int) -> NamedFrame:
        """Returns what a handle names.

        Raises:
            StaleHandleError: If the frame has ended.
            UnknownHandleError: If it was never given out.
        """
        reference = self._living.get(handle)
        named = None if reference is None else reference()
        if named is None:
            self._refuse(handle)
        if named.binding is None:
            raise StaleHandleError(handle, named.state.name)
        return named

    def _refuse(self, handle: int) -> NoReturn:
        serial = handle >> _CHECK_BITS
        if 0 < serial < 1 << _SERIAL_BITS:
            for secret in self._secrets.copy().values():
                if _handle(serial, secret) == handle:
                    raise StaleHandleError(handle)
        raise UnknownHandleError(handle)

    def _forget(self, reference: KeyedRef[int, NamedFrame]) -> None:
        self._living.pop(reference.key, None)


def _handle(serial: int, secret: bytes) -> int:
    return serial << _CHECK_BITS | hash((serial, secret)) % (1 << _CHECK_BITS)


# Threads that share no context share only the process, so no table and no context can own it.
HANDLES: Final = Handles()


def resolve(handle: SupportsIndex, index: SupportsIndex) -> object:
    """Returns the very object that an index means in the frame that a handle names.

    Works in any thread, also in one that has no binding. Finds what the frame binds now: what
    it was entered with, or what was put in since by `SideTable.set` or `SideTable.store` in its
    own context. Takes constant time and no lock, and keeps nothing alive.

    Args:
        handle: The handle, of a frame of any table of this process; see `Frame.handle`.
        index: The index; anything with `__index__`.

    Raises:
        StaleHandleError: If the frame has ended.
        UnknownHandleError: If no frame was ever given this handle.
        IndexNotRegisteredError: If the frame does not bind the index.
        NoBindingError: If the frame does not bind the index, and it is registered.
        ObjectNotAliveError: If the object died.
        TypeError: If the handle or the index is no integer.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> from sidetable_core import SideTable, resolve
        >>> class Pool: ...
        >>> table, pool = SideTable(), Pool()
        >>> with table.frame(pool) as frame, ThreadPoolExecutor(1) as threads:
        ...     threads.submit(resolve, frame.handle, 0).result() is pool
        True
    """
    return _find(HANDLES.named(operator.index(handle)), operator.index(index))


def resolve_in(state: TableState, handle: SupportsIndex, index: SupportsIndex) -> object:
    """Returns the same, from a frame of one table; see `SideTable.resolve`."""
    named = HANDLES.named(operator.index(handle))
    if named.state is not state:
        raise WrongTableError(named.handle, state.name, named.state.name)
    return _find(named, operator.index(index))


def _find(named: NamedFrame, index: int) -> object:
    binding = named.binding
    try:
        if binding is not None:
            return find_in(named.state, binding, index, whose="The frame's")
    except (LookupError, ReferenceError):
        # Not when the frame has ended meanwhile, and let its objects go.
        if named.binding is not None:
            raise
    raise StaleHandleError(named.handle, named.state.name)
