"""After a store of nothing every lookup is an error.

Why:
    A graph without objects must not find those of the graph that ran before it.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> table.store()
    >>> table.get(0)
    Traceback (most recent call last):
    sidetable_source.errors.IndexNotRegisteredError: ...

Causes:
    * `if not objects: return`, to save the work.
    * After a store of nothing, lookups fall back to the registrations.
"""

from itertools import product

from sidetable_conformance.bench import FOUND, NOT_FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("store.empty-clears", CORE, needs=("store.replaces-all",))


@rule.check(FOUND, NOT_FOUND)
def empty_clears(bench: Bench) -> None:
    """After a store of nothing no index is bound, until the next store."""
    kept = things(3)
    for registered, stored in product((0, 3), repeat=2):
        table = bench.fresh()
        given = register_all(table, Origin.USER_OBJECT, kept[:registered])
        table.store(*kept[:stored])
        table.store()
        when = f"after {registered} registrations, a store of {stored} and a store of nothing"
        for index in sorted({*range(4), *given}):
            bench.not_found(table, index, when)
        table.store(*kept)
        bench.all_found(table, kept, f"{when}, and another store")


# Faulty tables, which the check has to notice.


@rule.fault
class EmptyStoreDoesNothing(CorrectTable):
    """`if not objects: return` saves the work that a store of nothing still has to do."""

    def store(self, *objects: object) -> None:
        if objects:
            super().store(*objects)
