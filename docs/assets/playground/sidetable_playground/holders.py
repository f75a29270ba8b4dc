"""Who holds an object: the reader's variables, frames, snapshots and running entry functions."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Final, final

from sidetable_core import Frame, SideTable, Snapshot

ENTRY: Final = "<sidetable entry "
"""How the file name of an entry function's code begins."""

_PLAIN: Final = (str, bytes, int, float, complex, type, ModuleType, type(None), type(len))
_MOST: Final = 50
"""How many items of a list, a dictionary or a frame are looked at."""


@final
@dataclass(frozen=True, slots=True)
class Running:
    """A function that is running: of the reader's, or an entry function.

    Attributes:
        kind: `module`, `function` or `entry`.
        name: The function's name.
        variables: Its variables, live.
    """

    kind: str
    name: str
    variables: Mapping[str, object]


def running_at(frame: FrameType | None, file: str) -> Iterator[Running]:
    """Yields the functions that are running, innermost first.

    Args:
        frame: The innermost one.
        file: The file whose functions are meant.
    """
    while frame is not None:
        code = frame.f_code
        if code.co_filename == file:
            kind = "module" if code.co_name == "<module>" else "function"
            yield Running(kind, code.co_name, frame.f_locals)
        elif code.co_filename.startswith(ENTRY):
            yield Running("entry", code.co_name, frame.f_locals)
        frame = frame.f_back


def named(namespace: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yields what variables hold, and what those hold in turn, with an expression for each."""
    for name, value in tuple(namespace.items()):
        if name.startswith("__") or isinstance(value, _PLAIN) or _is_of_the_library(value):
            continue
        yield name, value
        yield from _inside(name, value)


def _inside(name: str, value: object) -> Iterator[tuple[str, object]]:
    if type(value) in (list, tuple):
        for position, item in enumerate(value[:_MOST]):  # type: ignore[index]  # a sequence
            yield f"{name}[{position}]", item
    elif type(value) is dict:
        for key in tuple(value)[:_MOST]:
            yield f"{name}[{key!r}]" if type(key) in (str, int) else f"{name}[...]", value[key]
    else:
        try:
            own = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        if type(own) is dict:
            for key, item in tuple(own.items())[:_MOST]:
                yield f"{name}.{key}", item


def _is_of_the_library(value: object) -> bool:
    return type(value).__module__.startswith("sidetable_")


def library_objects() -> tuple[list[SideTable], list[Frame], list[Snapshot]]:
    """Returns every table, frame and snapshot that was made since `gc.freeze()`, oldest first."""
    found = [value for value in gc.get_objects() if _is_of_the_library(value)]
    return (
        [value for value in found if type(value) is SideTable],
        [value for value in found if type(value) is Frame],
        [value for value in found if type(value) is Snapshot],
    )


def held_by(owner: Frame | Snapshot) -> list[object]:
    """Returns the objects that a frame or a snapshot holds, as the garbage collector sees it."""
    held: list[object] = []
    for part in gc.get_referents(owner):
        if type(part) is not tuple:
            continue
        for item in part:
            if _is_of_the_library(item):
                held.extend(gc.get_referents(item))  # holds, in turn, what has no weak reference
            elif not isinstance(item, weakref.ref):
                held.append(item)
    return [item for item in held if not isinstance(item, type)][:_MOST]
