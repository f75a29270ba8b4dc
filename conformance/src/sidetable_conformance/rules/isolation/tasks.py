"""Tasks of asyncio that take turns at every await each find what they have bound themselves, and
nothing else once they have bound something.

Why:
    A server runs many requests in one thread. A binding for each thread is one for all of them, and
    after an await a request would go on with the objects of another.

Example:
    >>> table = SideTable()
    >>> async def request(mine):
    ...     table.store(mine)
    ...     await asyncio.sleep(0)
    ...     return table.get(0) is mine
    >>> async def requests(): return await asyncio.gather(request(pool), request(other))
    >>> asyncio.run(requests())
    [True, True]

Causes:
    * The binding is kept for each thread.
    * The binding is kept in a context variable, and changed in place: tasks begin with copies of
      one context, which share it.
"""

import asyncio
import threading
from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.elsewhere import MeetTasks, interleaved
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Reference
from sidetable_conformance.tables.isolated import Binding, IsolatedTable

from .threads import MANY, Look, Placed, SharedPlace, Turns, each_finds_its_own, tables

rule: Rule = Rule(
    "isolation.tasks", ISOLATION, capabilities=("tasks",), needs=("lookup.repeatable",)
)


@rule.check(FOUND, NOT_FOUND)
def of_tasks(bench: Bench) -> None:
    """Tasks of one event loop, which take turns at every await."""

    async def through(turns: Turns, number: int, meet: MeetTasks) -> list[Look]:
        taken = turns(number)
        looks = next(taken)
        for _ in taken:
            await meet()
        return looks

    def run(turns: Turns) -> list[list[Look]]:
        return interleaved([partial(through, turns, number) for number in range(MANY)])

    for table, stored in tables(bench):
        each_finds_its_own(bench, table, stored, "tasks", run)


# Faulty tables, which the check has to notice.


class ThreadPlace(SharedPlace):
    """The same within each thread."""

    def _whose(self) -> object:
        return threading.current_thread()


def task() -> object:
    """Returns the task that is running in this thread, or None."""
    try:
        return asyncio.current_task()
    except RuntimeError:  # no event loop is running
        return None


@rule.fault
class BindingIsTheThreads(Placed):
    """Tasks that have bound something find what was bound last in their thread."""

    place: ClassVar[type[SharedPlace]] = ThreadPlace


@rule.fault
class StoreChangesWhatItFinds(IsolatedTable):
    """A store changes the binding that is there, which copies of the context share."""

    def _bind(self, references: Mapping[int, Reference]) -> None:
        binding = self._place.binding
        if binding is None or binding.entry is not None:
            super()._bind(references)
        else:
            self._owned.pop(binding, None)
            self._change(binding, references)

    def _change(self, binding: Binding, references: Mapping[int, Reference]) -> None:
        binding.references = references  # type: ignore[misc]  # the fault


@rule.fault
class TasksFindTheirThreads(IsolatedTable):
    """An index that a task has not bound means what it means in its thread."""

    def _begin(self) -> None:
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
