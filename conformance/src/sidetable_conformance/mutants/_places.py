"""Places in which more than one context finds what was bound last, for faulty tables."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Mapping
from contextvars import Token
from typing import ClassVar

from ._contexts import Binding, Place
from ._mutant import IsolatedMutant
from ._parent import Edition


class SharedPlace:
    """Whoever has bound something finds what was bound last, by anybody, outside of frames.

    Args:
        own: The place that is right.
    """

    def __init__(self, own: Place) -> None:
        self.own = own
        self._last: Binding | None = None

    @property
    def last(self) -> Binding | None:
        """What was bound last."""
        return self._last

    @last.setter
    def last(self, binding: Binding | None) -> None:
        self._last = binding

    @property
    def number(self) -> int:
        """The table's number."""
        return self.own.number

    @property
    def binding(self) -> Binding | None:
        """What is bound, or None."""
        own = self.own.binding
        return self.last or own if own is not None and self._is_shared(own) else own

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        """Binds it, and returns what undoes that in the current context."""
        if binding is not None and self._is_shared(binding):
            self.last = binding
        elif (binding is None or binding.entry is None) and self.own.binding is self.last:
            self.last = None
        return self.own.publish(binding)

    def _is_shared(self, binding: Binding) -> bool:
        return binding.entry is None and bool(binding.references)


class ThreadPlace(SharedPlace):
    """The same within each thread."""

    def __init__(self, own: Place) -> None:
        super().__init__(own)
        self._lasts: weakref.WeakKeyDictionary[object, Binding | None]
        self._lasts = weakref.WeakKeyDictionary()

    @property
    def last(self) -> Binding | None:
        """What was bound last."""
        return self._lasts.get(self._whose())

    @last.setter
    def last(self, binding: Binding | None) -> None:
        self._lasts[self._whose()] = binding

    def _whose(self) -> object:
        return threading.current_thread()


class TaskPlace(ThreadPlace):
    """The same within each task, and within each thread outside of tasks."""

    def _whose(self) -> object:
        return task() or super()._whose()


def task() -> object:
    """Returns the task that is running in this thread, or None."""
    try:
        return asyncio.current_task()
    except RuntimeError:  # no event loop is running
        return None


class Placed(IsolatedMutant):
    """A table whose bindings are in such a place."""

    place: ClassVar[type[SharedPlace]]

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place = self.place(self._place)  # type: ignore[assignment, misc]  # no child of it
