"""Faults with objects that only frames and entry functions hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from sidetable_source import Source, Unsupported

from ._contexts import Binding, Box, Entry, Reference
from ._isolated import Hold
from ._mutant import IsolatedMutant


class HeldIsKeptUntilReset(IsolatedMutant):
    """What frames hold is kept alive from its registration on, as a graph-created object is."""

    caught_by = "hold.frame"
    through = "dead"

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        index = super().register_user_object(value, source, hold=hold)
        if hold == "frame":
            self._keep(value)
        return index


class HeldIsFoundWhereRegistered(IsolatedMutant):
    """What frames hold is bound by its registration, and held by that."""

    caught_by = "hold.frame"
    through = "not found"

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        index = super().register_user_object(value, source, hold=hold)
        if hold == "frame":
            self._bind_registered(index, partial(Box, value))
        return index


class BoxIsFound(IsolatedMutant):
    """A lookup gives what holds the object, and not the object."""

    caught_by = "hold.frame"
    through = "found"

    def _dereference(self, reference: Reference) -> object:
        value = reference()
        return self.DEAD if value is None else value


class NoneIsDead(IsolatedMutant):
    """A lookup takes None for a dead object, also where a frame holds it."""

    caught_by = "hold.frame"
    through = "found"

    def _dereference(self, reference: Reference) -> object:
        value = super()._dereference(reference)
        return self.DEAD if value is None else value


class HeldIsStored(IsolatedMutant):
    """A store takes any object at an index that frames hold, and holds it as they do."""

    caught_by = "hold.frame"
    through = "raised"

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        return {
            index: partial(Box, value) if self._hold.get(index) == "frame" else self._refer(value)
            for index, value in enumerate(objects)
        }


class HeldOutlivesItsFrame(IsolatedMutant):
    """The last objects that a frame held stay with the table until the next one."""

    caught_by = "hold.frame"
    through = "dead 2"

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        self._last = {
            index: reference for index, reference in references.items() if index in self._hold
        }
        self._boxes = [reference() for reference in self._last.values()]
        return super()._enter(references)


class HeldIsFoundAfterItsFrame(HeldOutlivesItsFrame):
    """An index that frames hold stays bound to what the last one held."""

    caught_by = "hold.frame"
    through = "not found"

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        super()._leave(entry, error)
        found = self._place.binding
        if found is not None and self._last:
            self._place.publish(Binding({**self._last, **found.references}, found.entry))


class HeldIsWeakWhereItCanBe(IsolatedMutant):
    """What can be weakly referenced is not held by frames, whatever was asked for."""

    caught_by = "hold.frame"
    through = "not found"

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        try:
            return super().register_user_object(value, source)
        except Unsupported:
            return super().register_user_object(value, source, hold=hold)


HOLD_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    HeldIsKeptUntilReset,
    HeldIsFoundWhereRegistered,
    HeldIsWeakWhereItCanBe,
    BoxIsFound,
    NoneIsDead,
    HeldIsStored,
    HeldOutlivesItsFrame,
    HeldIsFoundAfterItsFrame,
)
