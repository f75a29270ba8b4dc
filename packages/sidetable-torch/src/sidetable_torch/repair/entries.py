"""Entries: the calls of compiled functions, each of which puts back the binding that it found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, final
from weakref import getweakrefcount

from torch._guards import TracingContext

from .places import Place

Constructor: TypeAlias = Callable[..., object]

if TYPE_CHECKING:
    from contextvars import ContextVar

    from .binding import Binding
    from .carried import CarriedByThread


@final
class Entry(Place):
    """One call of a compiled function.

    Costs next to nothing as long as the call binds nothing. What it binds ends with it: the
    table refers to bindings weakly, also in a context that was copied in the call.

    Args:
        place: Where the current context's code runs.
        carried: What each thread carries.
        constructors: PyTorch's constructors.
        put_in_context: Makes a binding the current context's.

    Attributes:
        found: The binding that is to be put back, None as long as it still counts.
    """

    __slots__ = ("_carried", "_carried_before", "_put_in_context", "_tracing", "found")

    def __init__(
        self,
        place: ContextVar[Place | None],
        carried: CarriedByThread,
        constructors: dict[int, Constructor],
        put_in_context: Callable[[Binding], None],
    ) -> None:
        outer = place.get()
        self.found: Binding | None = None
        self._put_in_context = put_in_context
        # A compiler that calls a compiled function goes on with its own trace afterwards.
        is_tracing = TracingContext.try_get() is not None
        self._tracing = (constructors, dict(constructors)) if is_tracing else None
        # What a backward node carries is not meant for functions that it calls.
        self._carried = carried
        self._carried_before = carried.binding
        carried.binding = None
        super().__init__(place, [], is_bound=outer is not None and outer.is_bound)

    def hold(self, binding: Binding) -> None:
        """Holds a binding until the call ends, or longer than any context refers to it."""
        if self.held:
            self.held[:] = [held for held in self.held if getweakrefcount(held)]
        self.held.append(binding)
        self.is_bound = True

    def leave(self) -> None:
        """Puts back what was found."""
        self._carried.binding = self._carried_before
        self._variable.reset(self._token)
        if self.found is not None:
            self._put_in_context(self.found)
        self.held.clear()
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
        if instance is None:
            return self
        own: list[object] = vars(instance)[self._name]
        hooks = Hooks(own)
        hooks.own = own
        list.append(hooks, self._enter)
        return hooks

    def __set__(self, instance: object, hooks: object) -> None:
        """Sets the instance's own list."""
        vars(instance)[self._name] = hooks


@final
class Hooks(list[object]):
    """A list with one more at its end, which passes on what is appended."""

    __slots__ = ("own",)

    own: list[object]  # set by who makes one: a function that does costs more than the list

    def append(self, hook: object) -> None:
        """Appends to the instance's own list."""
        self.own.append(hook)
