"""Frames, snapshots and handles of the correct table of profile isolation."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Final, NoReturn, Self

from sidetable_source import FrameError, NoBindingError, StaleHandleError, UnknownHandleError

from ._contexts import Binding, Box, Entry, Reference
from ._parent import TABLE_NAME

if TYPE_CHECKING:
    from ._isolated import IsolatedTable


class Handles:
    """Gives a number to each entry that is asked for one: a serial number with check digits."""

    def __init__(self) -> None:
        self._serials = count(1)
        self._last = 0
        self._live: weakref.WeakValueDictionary[int, Entry] = weakref.WeakValueDictionary()

    def give(self, entry: Entry) -> int:
        """Returns a number that was never given out before."""
        if not entry.handle:
            self._last = next(self._serials)
            entry.handle = self._checked(self._last)
            self._live[entry.handle] = entry
        return entry.handle

    def entry_of(self, handle: int) -> Entry:
        """Returns the entry that a handle names, open still."""
        entry = self._live.get(handle)
        if entry is not None and entry.is_open:
            return entry
        if 0 < handle >> 8 <= self._last and self._checked(handle >> 8) == handle:
            raise StaleHandleError(handle, TABLE_NAME)
        raise UnknownHandleError(handle)

    def _checked(self, serial: int) -> int:
        return serial << 8 | (serial * 167 + 89) % 251


HANDLES: Final = Handles()


class Frame:
    """One call's binding: holds its objects until it is left, or dropped."""

    def __init__(self, table: IsolatedTable, objects: Sequence[object]) -> None:
        self._table = table
        self._entry: Entry | None = None
        self._held, self._references = held(table, dict(enumerate(objects)))

    def __del__(self) -> None:
        entry = getattr(self, "_entry", None)
        if entry is not None:
            close(entry)

    def __enter__(self) -> Self:
        if self._entry is not None:
            refuse("entered twice")
        self._entry = self._table._enter(self._references)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        self._held = []
        if self._entry is None:
            refuse("left before it was entered")
        self._table._leave(self._entry, error)
        return None

    @property
    def handle(self) -> int:
        """The number that names the frame as long as it is open."""
        if self._entry is None:
            refuse("asked for its handle before it was entered")
        return HANDLES.give(self._entry)


class Snapshot:
    """What was bound and alive when it was taken; can be entered anywhere, at once, and again."""

    def __init__(self, table: IsolatedTable) -> None:
        self._table = table
        taken = self._taken(table._place.binding)
        alive = {
            index: value
            for index, reference in taken.references.items()
            if (value := table._dereference(reference)) is not table.DEAD
        }
        self._held, self._references = held(table, alive)
        self._dead = taken.references.keys() - alive.keys()

    def _taken(self, binding: Binding | None) -> Binding:
        if binding is None:
            raise NoBindingError(TABLE_NAME)
        return binding

    def _bound(self) -> dict[int, Reference]:
        return {**self._references, **dict.fromkeys(self._dead, _dead)}

    def __enter__(self) -> Self:
        entry = self._table._enter(self._bound())
        ENTERED[entry] = weakref.ref(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        binding = self._table._place.binding
        entry = None if binding is None else binding.entry
        reference = None if entry is None else ENTERED.get(entry)
        if entry is None or reference is None or reference() is not self:
            refuse("left out of order")
        self._table._leave(entry, error)

    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        """Returns a function that runs inside the snapshot, wherever it is called."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def later(*arguments: object, **named: object) -> object:
                with self:
                    return await function(*arguments, **named)

            return later

        @functools.wraps(function)
        def wrapped(*arguments: object, **named: object) -> object:
            with self:
                return function(*arguments, **named)

        return wrapped


ENTERED: Final[weakref.WeakKeyDictionary[Entry, weakref.ref[Snapshot]]] = (
    weakref.WeakKeyDictionary()
)


def held(
    table: IsolatedTable, objects: dict[int, object]
) -> tuple[list[object], dict[int, Reference]]:
    """Returns what has to be owned for these objects, and the references that find them."""
    owned: list[object] = []
    references: dict[int, Reference] = {}
    for index, value in objects.items():
        if table._hold.get(index) == "frame":
            box = Box(value)
            owned.append(box)
            references[index] = weakref.ref(box)
        else:
            owned.append(value)
            references[index] = table._refer(value)
    return owned, references


def close(entry: Entry) -> None:
    """Ends an entry, and lets go what was put into it."""
    entry.is_open = False
    entry.values.clear()


def refuse(what: str) -> NoReturn:
    """Raises that a frame was used wrongly."""
    raise FrameError(f"a frame was {what}", "It is not its turn", "Use `with`", TABLE_NAME)


def _dead() -> None:
    """The reference to an object that was dead already."""
