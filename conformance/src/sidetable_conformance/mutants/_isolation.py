"""Faults in what belongs to a thread, a task or a greenlet."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from ._contexts import Binding, Reference
from ._mutant import IsolatedMutant
from ._parent import Edition
from ._places import Placed, SharedPlace, TaskPlace, ThreadPlace, task

_CONTEXT: Final[ContextVar[object]] = ContextVar("what a context is known by", default=None)


class BindingIsTheTables(Placed):
    """Threads that have bound something find what was bound last, by whichever of them."""

    caught_by = "isolation.threads"
    through = "found"
    also = frozenset(
        {
            "isolation.every-interleaving",
            "isolation.greenlets",
            "isolation.registration",
            "isolation.tasks",
            "snapshot.concurrent",
        }
    )
    place = SharedPlace


class SetIsForAllThreads(IsolatedMutant):
    """What is set at an index is found there in every thread, until the next store."""

    caught_by = "isolation.threads"
    through = "found"
    also = frozenset({"isolation.greenlets", "isolation.tasks"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._set_for_all: dict[int, Reference] = {}

    def _publish_set(
        self, over: Binding | None, index: int, reference: Reference, owner: object
    ) -> None:
        super()._publish_set(over, index, reference, owner)
        if self._open_entry() is None:
            self._set_for_all[index] = reference

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        self._set_for_all.clear()

    def _find(self, binding: Binding | None, index: int) -> object:
        if binding is not None and binding.entry is None and index in self._set_for_all:
            return self._dereference(self._set_for_all[index])
        return super()._find(binding, index)


class BindingIsTheThreads(Placed):
    """Tasks that have bound something find what was bound last in their thread."""

    caught_by = "isolation.tasks"
    through = "found"
    also = frozenset({"isolation.greenlets"})
    place = ThreadPlace


class StoreChangesWhatItFinds(IsolatedMutant):
    """A store changes the binding that is there, which copies of the context share."""

    caught_by = "isolation.tasks"
    through = "found"

    def _bind(self, references: Mapping[int, Reference]) -> None:
        binding = self._place.binding
        if binding is None or binding.entry is not None:
            super()._bind(references)
        else:
            self._owned.pop(binding, None)
            self._change(binding, references)

    def _change(self, binding: Binding, references: Mapping[int, Reference]) -> None:
        binding.references = references  # type: ignore[misc]  # the fault


class TasksFindTheirThreads(IsolatedMutant):
    """An index that a task has not bound means what it means in its thread."""

    caught_by = "isolation.tasks"
    through = "not found"
    also = frozenset({"entry.isolated"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._of_thread = threading.local()

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        if task() is None:
            self._of_thread.references = references

    def _never_bound(self, index: int) -> object:
        below: Mapping[int, Reference] = getattr(self._of_thread, "references", {})
        if task() is not None and index in below:
            return self._dereference(below[index])
        return super()._never_bound(index)


class BindingIsTheTasks(Placed):
    """Greenlets that have bound something find what was bound last in their thread or task."""

    caught_by = "isolation.greenlets"
    through = "found"
    place = TaskPlace


class ContextsFindTheirThreads(IsolatedMutant):
    """An index that a fresh context has not bound means what it meant where the thread began."""

    caught_by = "isolation.greenlets"
    through = "not found"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._first = threading.local()

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        if _CONTEXT.get() is None:
            _CONTEXT.set(object())
        if getattr(self._first, "context", None) in (None, _CONTEXT.get()):
            self._first.context, self._first.references = _CONTEXT.get(), references

    def _never_bound(self, index: int) -> object:
        below: Mapping[int, Reference] = getattr(self._first, "references", {})
        if index in below and self._first.context is not _CONTEXT.get():
            return self._dereference(below[index])
        return super()._never_bound(index)


ISOLATION_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    BindingIsTheTables,
    SetIsForAllThreads,
    BindingIsTheThreads,
    StoreChangesWhatItFinds,
    TasksFindTheirThreads,
    BindingIsTheTasks,
    ContextsFindTheirThreads,
)
