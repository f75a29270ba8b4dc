"""What is bound for a while: by frames that are open, and by entry functions that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias, final

from sidetable_core import Frame, SideTable
from sidetable_source import FrameError, SideTableError

from .holders import Running
from .states import Layer, State, Table

Number: TypeAlias = Callable[[object], int]


@final
class Layers:
    """Keeps layers in the order in which they came.

    Args:
        number_of: Gives the reader's objects their numbers.
        number_of_own: Gives frames theirs.
    """

    def __init__(self, number_of: Number, number_of_own: Number) -> None:
        self._number_of: Final = number_of
        self._number_of_own: Final = number_of_own
        self._layers: list[Layer] = []

    def read(
        self,
        frames: Iterable[Frame],
        running: Iterable[Running],
        tables: Sequence[tuple[SideTable, Table]],
        before: State,
    ) -> tuple[Layer, ...]:
        """Returns the layers of this moment, above what was bound before the first of them."""
        opened = [layer for one in frames if is_open(one) for layer in self._frame(one, tables)]
        seen = [table for _, table in tables]
        self._layers = self._ordered([*opened, *self._calls(running, seen)], before)
        return tuple(self._layers)

    def _frame(self, frame: Frame, tables: Sequence[tuple[SideTable, Table]]) -> list[Layer]:
        """Returns what an open frame binds. Its handle finds that from anywhere."""
        for table, seen in tables:
            binds = []
            for index in range(max(len(seen.rows), 1)):
                try:
                    value = table.resolve(frame.handle, index)
                except SideTableError:
                    continue  # another table's frame, or one that does not bind the index
                binds.append((index, self._number_of(value)))
            if binds:
                return [Layer("frame", self._number_of_own(frame), "", seen.number, tuple(binds))]
        return []

    def _calls(self, running: Iterable[Running], tables: Sequence[Table]) -> list[Layer]:
        """Returns what running entry functions hold in their variables, outermost first."""
        entries = [one for one in running if one.kind == "entry"]
        calls = []
        for depth, entry in enumerate(reversed(entries), 1):
            numbers: list[int] = []
            while (variable := f"object_{len(numbers)}") in entry.variables:
                numbers.append(self._number_of(entry.variables[variable]))
            binds = tuple(enumerate(numbers))
            fits = [table for table in tables if len(table.rows) >= len(binds)] or [*tables]
            exactly = [table for table in fits if _binds(table, binds)]
            calls.append(Layer("entry", depth, entry.name, (exactly or fits)[0].number, binds))
        return calls

    def _ordered(self, layers: list[Layer], before: State) -> list[Layer]:
        known = {(layer.kind, layer.number): layer for layer in layers}
        tables = {layer.table for layer in layers}
        ordered = []
        for layer in self._layers:
            if layer.kind == "found":
                ordered += [layer] if layer.table in tables else []
            elif (layer.kind, layer.number) in known:
                ordered.append(known.pop((layer.kind, layer.number)))
        for layer in known.values():
            if not any(one.table == layer.table for one in ordered):
                binds = _bound_in(before, layer.table)
                ordered.append(Layer("found", layer.table, "", layer.table, binds))
            ordered.append(layer)
        return ordered


def is_open(frame: Frame) -> bool:
    """Whether a frame is open: only then it has a handle."""
    try:
        return frame.handle > 0
    except FrameError:
        return False


def _binds(table: Table, binds: tuple[tuple[int, int], ...]) -> bool:
    return all(table.rows[index].bound == number for index, number in binds)


def _bound_in(state: State, number: int) -> tuple[tuple[int, int], ...]:
    rows = [row for table in state.tables if table.number == number for row in table.rows]
    return tuple((row.index, row.bound) for row in rows if row.bound is not None)
