"""Where a failed registration used its index up, looking that index up is an error until a store
binds it.

Why:
    Nothing is bound at that index, whichever number it is, so that a lookup has nothing right to
    give. A store may well bind it: the index then means what was stored.

Example:
    >>> table = SideTable(edition="dynamo-2.13")
    >>> with suppress(Unsupported):
    ...     _ = table.register_user_object(5, source)  # uses index 0 up
    >>> with suppress(LookupError):
    ...     print(table.get(0))  # is an error, so nothing is printed
    >>> table.store(pool)
    >>> table.get(0) is pool
    True

Causes:
    * None, or the refused value itself, is left at the index.
    * The index is marked as failed, and a store does not take the mark off.
"""

from itertools import product

from sidetable_conformance.bench import FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.objects import UNREFERENCEABLE, things
from sidetable_conformance.registering import Origin, refused, register, register_all
from sidetable_conformance.rule import CORE, DYNAMO, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable, Registering

rule: Rule = Rule(
    "weakref.failed-index-is-error",
    CORE,
    needs=("lookup.unregistered-is-error", "store.position-is-index", "weakref.graph-created"),
)


@rule.check(FOUND, NOT_FOUND, RAISED)
def failed_index_is_error(bench: Bench) -> None:
    """The index that the failure took, or would have taken, finds nothing until it is bound."""
    for origin, kind in product(Origin, UNREFERENCEABLE):
        kept = things(2)
        failing = register_all(bench.fresh(), origin, kept)[1]
        table = bench.fresh()
        register(table, origin, kept[0])
        when = f"after registering {kind.name} as a {origin} failed"
        refused(bench, table, origin, kind.make(), when)
        bench.not_found(table, failing, when)
        later = register(table, origin, kept[1])
        if later != failing:
            bench.not_found(table, failing, f"{when}, and another registration")
        objects = things(int(failing) + 1, "stored ")
        table.store(*objects)
        bench.found(table, failing, objects[int(failing)], f"{when}, and a store")


# Faulty tables, which the check has to notice.


class _Marking(CorrectTable):
    """Knows which registrations failed."""

    def _begin(self) -> None:
        self._failed: set[int] = set()

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        self._failed.add(self._next_index)
        super()._record_failure(kind, value, construct_fn)


@rule.fault
class FailedIndexFindsNone(_Marking):
    """An index whose registration failed is remembered as one that finds None."""

    def _never_bound(self, index: int) -> object:
        return None if index in self._failed else super()._never_bound(index)


@rule.fault
class FailedIndexFindsTheValue(CorrectTable):
    """A failed registration leaves the value itself behind, held strongly."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        index = self._next_index
        super()._record_failure(kind, value, construct_fn)
        self._references[index] = lambda: value


@rule.fault
class FailedIndexStaysAnError(_Marking, only=DYNAMO):
    """An index whose registration failed is marked, and a store does not take the mark off."""

    def get(self, index: int) -> object:
        return self._never_bound(index) if index in self._failed else super().get(index)
