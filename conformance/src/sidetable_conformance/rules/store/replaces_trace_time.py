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

from itertools import product

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all, store_things
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule("store.replaces-trace-time", CORE, needs=("store.replaces-all",))


@rule.check(FOUND, NOT_FOUND)
def replaces_trace_time(bench: Bench) -> None:
    """What was bound by registering is gone after the first store."""
    for origin, count in product(Origin, (1, 2, 3, 5)):
        table = bench.fresh()
        seen = things(3, "registered ")
        given = register_all(table, origin, seen)
        objects = store_things(table, count)
        when = f"after 3 registrations of a {origin} and a store of {count}"
        bench.all_found(table, objects, when)
        for index in given:
            if index >= count:
                bench.not_found(table, index, when)


# Faulty tables, which the check has to notice.


class _Remembering(CorrectTable):
    """Keeps references to the objects seen at registration."""

    def _begin(self) -> None:
        self._trace_time: dict[int, Reference] = {}

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._trace_time[index] = reference


@rule.fault
class TraceTimeComesFirst(_Remembering):
    """A lookup asks the objects seen at registration first, for as long as they live."""

    def get(self, index: int) -> object:
        seen = self._trace_time.get(index, lambda: None)()
        return super().get(index) if seen is None else seen


@rule.fault
class TraceTimeShinesThrough(_Remembering):
    """An index that was not stored still finds the object that was seen at registration."""

    def _bind(self, references: dict[int, Reference]) -> None:
        super()._bind(self._trace_time | references)

    def reset(self) -> None:
        self._trace_time = {}
        super().reset()
