"""After a store the objects seen at registration are no longer found, and the stored ones are.

Why:
    The objects seen at registration were those of the first call. A later call that still finds
    them computes with the wrong ones.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(pool, source)
    >>> table.store(other)
    >>> table.get(0) is other
    True

Causes:
    * Lookups ask the references of registrations first.
    * An index that was not stored falls back to the object of its registration.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import Rule
from sidetable_conformance.spec import CORE, MUST
from sidetable_conformance.tables.core import CorrectTable, Edition, Reference

rule: Final = Rule("store.replaces-trace-time", MUST, CORE, needs=("store.replaces-all",))


@rule.check(FOUND, NOT_FOUND)
def replaces_trace_time(bench: Bench) -> None:
    """What was bound by registering is gone after the first store."""
    for origin, count in product(Origin, (1, 2, 3, 5)):
        table = bench.fresh()
        seen = things(3, "registered ")
        given = register_all(table, origin, seen)
        objects = things(count, "stored ")
        table.store(*objects)
        when = f"after 3 registrations of a {origin} and a store of {count}"
        for index, value in enumerate(objects):
            bench.found(table, index, value, when)
        for index in given:
            if index >= count:
                bench.not_found(table, index, when)


# Faulty tables, which the check has to notice.


@rule.fault
class TraceTimeComesFirst(CorrectTable):
    """A lookup asks the objects seen at registration first, for as long as they live."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._trace_time: dict[int, Reference] = {}

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._trace_time[index] = reference

    def get(self, index: int) -> object:
        seen = self._trace_time.get(index, lambda: None)()
        return super().get(index) if seen is None else seen

    def reset(self) -> None:
        super().reset()
        self._trace_time.clear()


@rule.fault
class TraceTimeShinesThrough(CorrectTable):
    """An index that was not stored still finds the object that was seen at registration."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._trace_time: dict[int, Reference] = {}

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._trace_time[index] = reference

    def _bind(self, references: dict[int, Reference]) -> None:
        super()._bind(self._trace_time | references)

    def reset(self) -> None:
        self._trace_time = {}
        super().reset()
