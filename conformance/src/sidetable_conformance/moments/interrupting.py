"""What is left of an operation that was interrupted at one of its moments."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar, final

from sidetable_conformance.bench.bench import Bench, Reference
from sidetable_conformance.bench.elsewhere import Seen
from sidetable_conformance.bench.entering import entry_of
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver, call
from sidetable_source import LocalSource

from .moments import Action, Moments
from .operations import OPERATIONS, STARTS, in_frame
from .seeing import Sight, seen_of

PLACES: Final = range(3)
"""The indices at which to look once a frame is over."""

_T = TypeVar("_T")


@final
@dataclass(frozen=True, slots=True)
class Left:
    """What is left of an operation on a table with two objects, none of which is held here.

    Attributes:
        sight: What the table looks like.
        references: The three objects: the two, and the operation's own.
    """

    sight: Sight
    references: tuple[Reference, ...]


@final
@dataclass(frozen=True, slots=True)
class Ended:
    """What is left of a frame that was interrupted, once something has tidied up after it.

    Attributes:
        error: What went wrong about tidying up, "" for nothing.
        seen: What is found after that.
        value: What index 0 has to find; the others nothing.
        references: The objects of the frame.
    """

    error: str
    seen: Seen
    value: Thing
    references: tuple[Reference, ...]


def each_moment(once: Callable[[int], _T | None]) -> Iterator[tuple[int, _T]]:
    """Does something for each moment of an operation, each time in a context of its own.

    Args:
        once: Does it for one moment, and returns None if there is no such moment.
    """
    moment = -1
    while True:
        moment += 1
        left = Context().run(once, moment)
        if left is None:
            return
        yield moment, left


def uninterrupted(bench: Bench, start: str, name: str = "") -> Sight:
    """Returns what a table looks like after an operation, or without one."""
    table, objects = bench.fresh(), _three()
    STARTS[start](table, *objects[:2])
    if name:
        OPERATIONS[name](bench, table, objects[2])
    return seen_of(bench, table)


def interrupted(bench: Bench, moments: Moments, start: str, name: str, moment: int) -> Left | None:
    """Interrupts an operation, and returns what is left; None if it has no such moment."""
    table, objects = bench.fresh(), _three()
    references = tuple(weakref.ref(value) for value in objects)
    STARTS[start](table, *objects[:2])
    operation = OPERATIONS[name]
    came = moments.interrupted(moment, lambda: operation(bench, table, objects[2]))
    sight = seen_of(bench, table)
    objects.clear()
    return Left(sight, references) if came else None


# --- frames and entry functions ---------------------------------------------------------------


def blocks_of(bench: Bench) -> tuple[str, ...]:
    """Returns what can be interrupted inside of the frames that a target has."""
    kinds = {FRAME: "frames", CALL: "entries"}
    return tuple(name for name, power in kinds.items() if bench.has(power))


def _in_a_frame(bench: Bench, moments: Moments, name: str, moment: int) -> Ended | None:
    """Interrupts a block inside of a frame, and leaves that."""
    table, stored, made = bench.fresh(), Thing("stored"), _Made()
    operation = _BLOCKS[name](table, made)
    table.store(stored)
    frame, error = table.frame(Thing("of the frame around")), ""
    frame.__enter__()
    came = moments.interrupted(moment, operation)
    try:
        frame.leave()
    except Exception as raised:  # noqa: BLE001  # whatever it is, there has to be none
        error = describe_error(raised)
    return Ended(error, Seen(table.get, PLACES), stored, made.references) if came else None


def _before_a_store(bench: Bench, moments: Moments, name: str, moment: int) -> Ended | None:
    """Interrupts a block, stores, and enters and leaves one more frame."""
    table, stored, made = bench.fresh(), Thing("stored"), _Made()
    before = things(2, "stored before ")
    operation = _BLOCKS[name](table, made)
    table.store(*before)
    came = moments.interrupted(moment, operation)
    error = ""
    try:
        table.store(stored)
        with table.frame(Thing("of the next frame")):
            pass
    except Exception as raised:  # noqa: BLE001  # as above
        error = describe_error(raised)
    seen = Seen(table.get, PLACES)
    before.clear()  # not before: what is dead is not found anyway
    return Ended(error, seen, stored, made.references) if came else None


class _Made:
    """Makes objects that nobody else holds."""

    def __init__(self) -> None:
        self.references: tuple[Reference, ...] = ()

    def thing(self) -> Thing:
        thing = Thing("of a frame")
        self.references = (*self.references, weakref.ref(thing))
        return thing


def _framed(table: Driver, made: _Made) -> Action:
    return lambda: in_frame(table, made.thing(), made.thing())


def _called(table: Driver, made: _Made) -> Action:
    registered = made.thing()
    table.register_user_object(registered, LocalSource("pool"))
    entry = entry_of(table, lambda: table.get(0))
    return lambda: call(entry, made.thing())


FRAME: Final = "a frame"
CALL: Final = "a call of an entry function"

_BLOCKS: Final[dict[str, Callable[[Driver, _Made], Action]]] = {FRAME: _framed, CALL: _called}


WAYS: Final[MappingProxyType[str, Callable[[Bench, Moments, str, int], Ended | None]]] = (
    MappingProxyType(
        {"the exit of the frame around it": _in_a_frame, "then a store": _before_a_store}
    )
)
"""What tidies up after an interrupt, by its name."""


def _three() -> list[Thing]:
    return [Thing("first"), Thing("second"), Thing("new")]
