"""Faults that only an interrupt brings to light."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from ._contexts import Entry, Reference, open_below
from ._frames import Frame
from ._isolated import Hold
from ._parent import GRAPH_CREATED, USER_OBJECT, ConstructFn, Edition, Kind
from ._robust_frames import RobustFrame
from ._robust_mutant import RobustMutant
from ._robust_steps import Step, Whole


class PublishesInSteps(RobustMutant):
    """What is registered and what is bound are written one after the other."""

    caught_by = "robust.interrupt"
    through = "fact"
    also = frozenset({"isolation.every-interleaving", "robust.finalizer-reentrancy"})

    def _swap(self, old: Whole, new: Whole, *more: Step, entry: Entry | None = None) -> bool:
        is_done = super()._swap(old, new._replace(bound=old.bound))
        return is_done and super()._swap(new._replace(bound=old.bound), new, *more, entry=entry)


class KeepsAfterwards(RobustMutant):
    """A graph-created object is kept alive once its registration is complete."""

    caught_by = "robust.interrupt"
    through = "fact 2"

    def _add(
        self,
        kind: Kind,
        value: object,
        construct_fn: ConstructFn,
        reference: Reference | None,
        hold: Hold,
    ) -> int:
        index = super()._add(USER_OBJECT, value, construct_fn, reference, hold)
        if kind == GRAPH_CREATED:
            self._keep_alive = [*self._keep_alive, value]
        return index


class KeepsBefore(RobustMutant):
    """A graph-created object is kept alive before its registration begins."""

    caught_by = "robust.interrupt"
    through = "dead"

    def _add(
        self,
        kind: Kind,
        value: object,
        construct_fn: ConstructFn,
        reference: Reference | None,
        hold: Hold,
    ) -> int:
        if kind == GRAPH_CREATED:
            self._keep_alive = [*self._keep_alive, value]
        return super()._add(USER_OBJECT, value, construct_fn, reference, hold)


class FrameLearnsLater(RobustMutant):
    """A frame knows what it has bound only when it has been entered."""

    caught_by = "robust.interrupt"
    through = "fact 3"

    def frame(self, *objects: object) -> Frame:
        return Frame(self, objects)


class FrameGivesUp(RobustMutant):
    """A frame unbinds everything if what it finds at its exit is not its own binding."""

    caught_by = "robust.interrupt"
    through = "found"
    also = frozenset({"frame.out-of-order"})

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        found = self._place.binding
        super()._leave(entry, error)
        if found is None or found.entry is not entry:
            self._place.publish(None)


class StoreGoesOnBelow(RobustMutant):
    """A store over what a frame has left behind changes only the indices that it binds."""

    caught_by = "robust.interrupt"
    through = "not found"

    def _bind(self, references: Mapping[int, Reference]) -> None:
        found = self._place.binding
        below = open_below(found)
        if below is not found and below is not None:
            references = {**below.references, **references}
        super()._bind(references)


class _Listed(RobustFrame):
    def __enter__(self) -> Self:
        self._listed().append(self._held)
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if self._held in self._listed():
            self._listed().remove(self._held)
        return super().__exit__(kind, error, traceback)

    def _listed(self) -> list[list[object]]:
        listed: list[list[object]] = vars(self._table)["_open"]
        return listed


class OpenFramesAreListed(RobustMutant):
    """The table has a list of what its open frames hold, and a frame takes it off at its exit."""

    caught_by = "robust.interrupt"
    through = "dead 2"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._open: list[list[object]] = []

    def frame(self, *objects: object) -> Frame:
        return _Listed(self, objects)


ROBUST_INTERRUPT_MUTANTS: Final[tuple[type[RobustMutant], ...]] = (
    PublishesInSteps,
    KeepsAfterwards,
    KeepsBefore,
    FrameLearnsLater,
    FrameGivesUp,
    StoreGoesOnBelow,
    OpenFramesAreListed,
)
