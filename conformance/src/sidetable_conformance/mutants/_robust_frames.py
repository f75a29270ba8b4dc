"""Frames that leave nothing behind wherever they are interrupted."""

# A table and what it is made of are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Self, cast

from ._contexts import Binding, Entry, Reference, open_below
from ._frames import Frame, refuse
from ._robust_steps import Stepwise, at_once


class RobustFrame(Frame):
    """A frame that has its entry before that is bound, and so ends it wherever it is dropped."""

    def __enter__(self) -> Self:
        if self._entry is not None:
            refuse("entered twice")
        cast("Framing", self._table)._enter_noted(self._references, self._note)
        return self

    def _note(self, entry: Entry) -> None:
        self._entry = entry


class Framing(Stepwise):
    """Entering and leaving, each published in one step."""

    def frame(self, *objects: object) -> Frame:
        """Returns a context manager that binds these objects, and puts back what it found."""
        return RobustFrame(self, objects)

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entries: list[Entry] = []
        self._enter_noted(references, entries.append)
        return entries[-1]

    def _enter_noted(
        self, references: Mapping[int, Reference], note: Callable[[Entry], object]
    ) -> None:
        while True:
            old = self._whole()
            entry = Entry(self._place.number, self._bound_in(old))
            note(entry)
            binding = Binding(references, entry)
            in_place = partial(setattr, entry, "binding", binding)
            if self._swap(old, self._with(old, binding), in_place, entry=entry):
                return

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if not entry.is_open:
            refuse("left twice")
        innermost = self._bound_in(self._whole())
        is_in_order = innermost is not None and innermost.entry is entry and self._is_here(entry)
        self._close(entry)
        if not is_in_order:
            refuse("left out of order")
        self._settle()

    def _close(self, entry: Entry) -> None:
        values = dict(entry.values)
        ending = (partial(setattr, entry, "is_open", False), entry.values.clear)
        at_once(*ending)
        del values  # not before: a finalizer of theirs may bind something

    def _settle(self) -> None:
        """Takes off what entries that have ended have bound."""
        while True:
            old = self._whole()
            bound = old.bound.get(self._place.number)
            if bound is open_below(bound) or self._swap(old, self._with(old, open_below(bound))):
                return
