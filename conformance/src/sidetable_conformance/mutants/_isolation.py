"""Faults in what belongs to a thread, a task or a greenlet."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Final

from ._contexts import BOUND, Binding, Reference
from ._mutant import IsolatedMutant
from ._parent import Edition


class SharedPlace:
    """Has one binding for everybody."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.binding: Binding | None = None

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        """Binds it for everybody; the token is good for nothing but to tell contexts apart."""
        self.binding = binding
        if binding is not None and binding.entry is not None:
            binding.entry.binding = binding
        return BOUND.set(BOUND.get())


class _ThreadPlace(threading.local, SharedPlace):
    """Has one for each thread."""


class _TaskPlace(SharedPlace):
    """Has one for each task, and for each thread outside of tasks."""

    def __init__(self, number: int) -> None:
        self._outside = threading.local()
        super().__init__(number)

    @property
    def binding(self) -> Binding | None:  # type: ignore[override]  # as an attribute
        return _VARIABLE.get() if _task() else getattr(self._outside, "binding", None)

    @binding.setter
    def binding(self, binding: Binding | None) -> None:
        if _task():
            _VARIABLE.set(binding)
        else:
            self._outside.binding = binding
