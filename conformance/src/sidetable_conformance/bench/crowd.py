"""Objects that a check owns and lets go one by one."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Final, final

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.targets.table import Finder


@final
class Crowd:
    """Some objects in order, and a weak reference to each that nobody else has.

    The crowd is their only owner: what it drops dies, unless the table under test keeps it. Those
    that it still owns are the positive control, since they have to be alive when others are dead.
    """

    __slots__ = ("_owned", "_references")

    def __init__(self, *objects: object) -> None:
        self._owned: Final = dict(enumerate(objects))
        self._references: Final = tuple(weakref.ref(value) for value in objects)

    def __len__(self) -> int:
        return len(self._references)

    def all(self) -> tuple[object, ...]:
        """Returns the objects that are still owned, in order."""
        return tuple(self._owned.values())

    def drop(self, *positions: int) -> None:
        """Lets these objects go."""
        for position in positions:
            del self._owned[position]

    def drop_all(self) -> None:
        """Lets every object go that is still owned."""
        self._owned.clear()

    def dead(self, bench: Bench, what: str, when: str) -> None:
        """Requires that what was dropped is dead, and that what is owned is not."""
        for position, reference in enumerate(self._references):
            if position not in self._owned:
                bench.dead(reference, f"{what} ({position})", when)
            else:
                held = reference() is not None
                bench.control(held, f"what it holds ({position}) is alive {when}")

    def alive(self, bench: Bench, what: str, when: str) -> None:
        """Requires that everything is alive after a collection, also what was dropped."""
        bench.alive(self._references, what, when)

    def found(
        self, bench: Bench, table: Finder, when: str, given: Sequence[int] | None = None
    ) -> None:
        """Requires that what is still owned is found.

        Args:
            bench: The bench.
            table: Where it has to be found.
            when: What was done, as a phrase.
            given: The index of each object; by default, its position.
        """
        for position, value in self._owned.items():
            bench.found(table, position if given is None else given[position], value, when)
