"""Whether a registration that failed uses an index up depends on the edition.

In dynamo-2.13:
    A registration that failed uses an index up: the next one gets the index after it.

In 2026.11:
    A registration that failed uses no index up: the next one gets it.

Why:
    A caller that catches the error and registers something else has to know which index comes next.
    PyTorch 2.13 takes the index before it tries the weak reference, and does not give it back.

Example:
    >>> for edition in ("dynamo-2.13", "2026.11"):
    ...     table = SideTable(edition=edition)
    ...     with suppress(Unsupported):
    ...         _ = table.register_user_object(5, source)
    ...     print(edition, table.register_user_object(pool, source))
    dynamo-2.13 1
    2026.11 0

Causes:
    * 2026.11: the index is taken before the weak reference is made, as in PyTorch 2.13.
    * dynamo-2.13: the weak reference is made first, or the index of a failure is given out again.
"""

from itertools import product

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.objects import UNREFERENCEABLE, things
from sidetable_conformance.registering import Origin, refused, register, register_all
from sidetable_conformance.rule import CORE, DYNAMO, OPPOSITE, OWN, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable, Registering

rule: Rule = Rule(
    "index.failed-registration", CORE, difference=OPPOSITE, needs=("weakref.graph-created",)
)


@rule.check(RAISED, FACT)
def failed_registration(bench: Bench) -> None:
    """An index is used up by a failure, or is not, as the edition says."""
    used_up = bench.edition == DYNAMO
    for origin, before, failures in product(Origin, (0, 2), (1, 3)):
        kept = things(before + failures + 1)
        dense = register_all(bench.fresh(), origin, kept)
        table = bench.fresh()
        register_all(table, origin, kept[:before])
        for kind in UNREFERENCEABLE[:failures]:
            refused(bench, table, origin, kind.make(), f"registering {kind.name} as a {origin}")
        given = register(table, origin, kept[-1])
        expected = dense[before + failures if used_up else before]
        when = f"after {before} registrations of a {origin} and {failures} that failed"
        bench.require(given == expected, when, f"index {expected}", f"index {given}")


# Faulty tables, which the check has to notice.


@rule.fault
class FailureUsesAnIndexUp(CorrectTable, only=OWN):
    """The index is taken before the weak reference is tried, and not given back."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        self._take_index(kind)


@rule.fault
class FailureGivesItsIndexBack(CorrectTable, only=DYNAMO):
    """The index of a failed registration is given out again to the next one."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        self._next_index -= 1
