"""After a registration that failed, earlier indices still find their objects, and later
registrations and stores work.

Why:
    A compiler that meets Unsupported breaks the graph there and goes on with the same table.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(pool, source)
    >>> with suppress(Unsupported):
    ...     _ = table.register_user_object(5, source)
    >>> table.get(0) is pool
    True

Causes:
    * A failure clears the binding, or marks the table as broken.
    * A guard against re-entry is not taken off when an error is raised.
    * Constructors and references are kept in two lists, and a failure is in only one of them.
"""

from itertools import product

from sidetable_conformance.bench import FOUND, RAISED, Bench
from sidetable_conformance.objects import UNREFERENCEABLE, things
from sidetable_conformance.registering import Origin, refused, register_all, store_things
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable, Registering

rule: Rule = Rule(
    "weakref.table-usable",
    CORE,
    needs=("lookup.trace-time", "store.position-is-index", "weakref.graph-created"),
)


@rule.check(FOUND, RAISED)
def table_usable(bench: Bench) -> None:
    """Around a failure, wherever it comes, registrations and stores do what they always do."""
    for origin, kind in product(Origin, UNREFERENCEABLE):
        for before, after in ((0, 1), (1, 1), (3, 2)):
            table = bench.fresh()
            kept = things(before + after)
            given = register_all(table, Origin.USER_OBJECT, kept[:before])
            when = f"after registering {kind.name} as a {origin} failed"
            refused(bench, table, origin, kind.make(), when)
            bench.all_found(table, kept, when, given)
            given += register_all(table, origin, kept[before:])
            bench.all_found(table, kept, f"{when}, and {after} more registrations", given)
            objects = store_things(table, before + after + 2)
            bench.all_found(table, objects, f"{when}, and a store")


# Faulty tables, which the check has to notice.


@rule.fault
class FailureUnbindsTheOthers(CorrectTable):
    """A failed registration drops the binding, since the trace will be given up anyway."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        self._bind({})


@rule.fault
class FailureIsNotLeft(CorrectTable):
    """A guard against re-entry is set by a registration, and a failed one does not take it off."""

    def _begin(self) -> None:
        self._registering = False

    def _register(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        if self._registering:
            raise RuntimeError("a registration is already running")
        self._registering = True
        index = super()._register(kind, value, construct_fn)
        self._registering = False
        return index


@rule.fault
class FailureEndsStores(CorrectTable):
    """A failed registration marks the table as broken, and stores are ignored until reset."""

    def _begin(self) -> None:
        self._broken = False

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        self._broken = True

    def store(self, *objects: object) -> None:
        if not self._broken:
            super().store(*objects)
