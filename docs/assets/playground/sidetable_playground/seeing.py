"""Looks at every table, frame, snapshot and object of the reader's, and changes none of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Final, final

from sidetable_core import Frame, Snapshot

from .holders import Running, held_by, library_objects, named, running_at
from .identities import Identities
from .layers import Layers, is_open
from .rows import Rows
from .states import Kept, State, Thing


@final
class Seer:
    """Takes states, one after another, and tells objects apart between them.

    Holds nothing of the reader's. `gc.freeze()` has to be called first: what is frozen is no
    example's.

    Args:
        file: The file of the reader's code.
    """

    def __init__(self, file: str) -> None:
        self._file: Final = file
        self._objects: Final = Identities()
        self._own: Final = Identities()  # tables, frames, snapshots
        self._rows: Final = Rows(self._objects)
        self._layers: Final = Layers(self._objects.number_of, self._own.number_of)
        self._before = State()

    def look(self, frame: FrameType | None) -> State:
        """Returns the state at this moment.

        Args:
            frame: The reader's function that is running now.
        """
        self._objects.begin_look()
        self._own.begin_look()
        self._before = self._seen(tuple(running_at(frame, self._file)))
        self._objects.end_look()
        self._own.end_look()
        return self._before

    def _seen(self, running: Sequence[Running]) -> State:
        tables, frames, snapshots = library_objects()
        # Of all tables together: two of them hardly ever have frames open at once.
        depth = sum(one.kind == "entry" for one in running) + sum(map(is_open, frames))
        read = [(one, self._rows.read(one, self._own.number_of(one), depth)) for one in tables]
        holders: defaultdict[int, list[str]] = defaultdict(list)
        for function in running:
            for name, value in () if function.kind == "entry" else named(function.variables):
                holders[self._objects.number_of(value)].append(name)
        layers = self._layers.read(frames, running, read, self._before)
        kept = [
            *(self._kept("snapshot", one) for one in snapshots),
            *(self._kept("frame", one) for one in frames if not is_open(one)),
        ]
        for layer in layers:
            what = f"call of {layer.name}" if layer.kind == "entry" else "a frame"
            for _, number in () if layer.kind == "found" else layer.binds:
                holders[number].append(what)
        for one in kept:
            for number in one.holds:
                holders[number].append(f"a {one.kind}")
        things = self._things(holders)
        return State(
            tuple(table for _, table in read),
            layers,
            tuple(one for one in kept if one.holds),
            things,
        )

    def _kept(self, kind: str, owner: Frame | Snapshot) -> Kept:
        holds = tuple(self._objects.number_of(value) for value in held_by(owner))
        return Kept(kind, self._own.number_of(owner), holds)

    def _things(self, holders: Mapping[int, Sequence[str]]) -> tuple[Thing, ...]:
        numbers = {*holders, *(thing.number for thing in self._before.things)}
        lives = {number: self._objects.life(number) for number in sorted(numbers)}
        return tuple(
            Thing(
                number,
                *self._objects.label(number),
                life,
                (*dict.fromkeys(holders.get(number, ())),),
            )
            for number, life in lives.items()
            if life != "unknown"
        )
