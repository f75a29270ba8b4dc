"""Entries: the calls of compiled functions, each of which puts back the binding that it found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, final

from torch._guards import TracingContext

from sidetable_source import FrameError

from .places import Place

Constructor: TypeAlias = Callable[..., object]

if TYPE_CHECKING:
    from contextvars import ContextVar

    from sidetable_core import Frame

    from .carried import CarriedByThread


@final
class Entry(Place):
    """One call of a compiled function.

    Costs next to nothing as long as the call binds nothing: the first time that it does, a
    frame is opened, which puts back what was bound before.

    Args:
        place: Where the current context's code runs.
        carried: What each thread carries.
        constructors: PyTorch's constructors.

    Attributes:
        frames: The frames that were opened: one, or one more for each context that was copied
            in the call and in which something was bound by hand.
    """

    __slots__ = ("_carried", "_found", "_tracing", "frames")

    def __init__(
        self,
        place: ContextVar[Place | None],
        carried: CarriedByThread,
        constructors: dict[int, Constructor],
    ) -> None:
        outer = place.get()
        super().__init__(place, [], is_bound=outer is not None and outer.is_bound)
        self.frames: list[Frame] = []
        # A compiler that calls a compiled function goes on with its own trace afterwards.
        is_tracing = TracingContext.try_get() is not None
        self._tracing = (constructors, dict(constructors)) if is_tracing else None
        # What a backward node carries is not meant for functions that it calls.
        self._carried = carried
        self._found = carried.binding
        carried.binding = None
        self.begin()

    def leave(self) -> None:
        """Puts back what was found."""
        self._carried.binding = self._found
        self.end()
        for frame in reversed(self.frames):
            try:  # noqa: SIM105  # in each call, and what suppresses costs three calls more
                frame.__exit__(None, None, None)
            except (
                FrameError
            ):  # pragma: no cover  # by hand out of order; the call ends all the same
                pass
        self.frames.clear()
        self.kept.clear()
        if self._tracing is not None:
            constructors, found = self._tracing
            constructors.clear()
            constructors.update(found)


@final
class WithEntries:
    """Adds an entry to what PyTorch's compiled functions do around each call.

    Stands in the class for the list that each instance has, so that compiled functions that are
    there already take part, and no instance is changed.
    """

    __slots__ = ("_enter", "_name")

    def __init__(self, name: str, enter: Callable[[], Callable[[], None]]) -> None:
        self._name = name
        self._enter = enter

    def __get__(self, instance: object, owner: type | None = None) -> object:
        """Returns the list with ours at its end: if an earlier one fails, ours has not begun."""
        hooks = vars(instance)[self._name]
        return Hooks(hooks, self._enter)

    def __set__(self, instance: object, hooks: object) -> None:
        """Sets the instance's own list."""
        vars(instance)[self._name] = hooks


@final
class Hooks(list[object]):
    """A list with one more at its end, which passes on what is appended."""

    __slots__ = ("_own",)

    def __init__(self, own: list[object], last: object) -> None:
        super().__init__([*own, last])
        self._own = own

    def append(self, hook: object) -> None:
        """Appends to the instance's own list."""
        self._own.append(hook)
