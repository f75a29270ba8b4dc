"""`has_user_objects()` is true once a user object is registered.

Why:
    If it is False, no prologue is written, and the graph looks indices up that nothing has bound.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(pool, source)
    >>> table.has_user_objects()
    True

Causes:
    * Only the kept example values are counted, and a user object is not among them.
    * The object itself is asked whether it is true.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import REFERENCEABLE
from sidetable_conformance.registering import Origin, register
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import GRAPH_CREATED, ConstructFn, CorrectTable, Registering

rule: Rule = Rule("present.after-user-object", CORE)


@rule.check(FACT)
def after_user_object(bench: Bench) -> None:
    """Presence is true after a user object of any kind."""
    true_after(bench, Origin.USER_OBJECT)


def true_after(bench: Bench, origin: Origin) -> None:
    for kind in REFERENCEABLE:
        table = bench.fresh()
        value = kind.make()
        register(table, origin, value)
        says(bench, table, True, f"after registering {kind.name} as a {origin}")


def says(bench: Bench, table: Driver, expected: bool, when: str) -> None:
    """Requires what presence is taken for; that it is a real bool is asked elsewhere."""
    present = table.present()
    bench.require(present is expected, when, f"presence {expected}", f"{present}")


# Faulty tables, which the check has to notice.


class PresentByKind(CorrectTable):
    """Presence counts the registrations of one kind and forgets the other."""

    counted: Registering

    def _begin(self) -> None:
        self._count = 0

    def has_user_objects(self) -> bool:
        return self._count > 0

    def _record(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        self._count += kind == self.counted
        return super()._record(kind, value, construct_fn)


@rule.fault
class UserObjectsAreNotCounted(PresentByKind):
    """Presence looks at the graph-created objects only."""

    counted: Registering = GRAPH_CREATED
