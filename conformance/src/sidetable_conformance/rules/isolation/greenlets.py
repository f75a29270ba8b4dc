"""Greenlets that take turns in one thread each find what they have bound themselves, and nothing
else once they have bound something.

Why:
    Under gevent or eventlet every request is a greenlet, and they switch wherever one waits. What
    is kept for each thread or each task is one for all of them.

Example:
    >>> from greenlet import getcurrent, greenlet
    >>> table = SideTable()
    >>> def request(mine):
    ...     table.store(mine)
    ...     return getcurrent().parent.switch() or table.get(0) is mine
    >>> first, second = greenlet(request), greenlet(request)
    >>> first.switch(pool), second.switch(other), first.switch(), second.switch()
    ((), (), True, True)

Causes:
    * The binding is kept for each thread, or for each task of asyncio.
    * The binding is kept under what `threading.get_ident` returns.
"""

import threading
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from typing import ClassVar, Final

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.elsewhere import in_greenlets
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Reference
from sidetable_conformance.tables.isolated import IsolatedTable

from .tasks import ThreadPlace, task
from .threads import MANY, Look, Placed, SharedPlace, Turns, each_finds_its_own, tables, through

rule: Rule = Rule(
    "isolation.greenlets", ISOLATION, capabilities=("greenlets",), needs=("lookup.repeatable",)
)


@rule.check(FOUND, NOT_FOUND)
def of_greenlets(bench: Bench) -> None:
    """Greenlets of one thread, which take turns at every switch."""

    def run(turns: Turns) -> list[list[Look]]:
        return in_greenlets([partial(through, turns, number) for number in range(MANY)])

    for table, stored in tables(bench):
        each_finds_its_own(bench, table, stored, "greenlets", run)


# Faulty tables, which the check has to notice.


class TaskPlace(ThreadPlace):
    """The same within each task, and within each thread outside of tasks."""

    def _whose(self) -> object:
        return task() or super()._whose()


_CONTEXT: Final[ContextVar[object]] = ContextVar("what a context is known by", default=None)


@rule.fault
class BindingIsTheTasks(Placed):
    """Greenlets that have bound something find what was bound last in their thread or task."""

    place: ClassVar[type[SharedPlace]] = TaskPlace


@rule.fault
class ContextsFindTheirThreads(IsolatedTable):
    """An index that a fresh context has not bound means what it meant where the thread began."""

    def _begin(self) -> None:
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
