"""A store works on a table without registrations, and with more objects than there are
registrations.

Why:
    Generated code outlives the capture: it is loaded from a cache, or runs after another capture
    has reset the table.

Example:
    >>> table = SideTable()
    >>> table.store(pool, other)
    >>> table.get(1) is other
    True

Causes:
    * The objects are zipped with the constructors.
    * A store on a table without registrations returns at once.
"""

from itertools import product

from sidetable_conformance.bench import FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Crowd, Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("store.independent-of-registrations", CORE)


@rule.check(FOUND)
def independent_of_registrations(bench: Bench) -> None:
    """A store binds as many objects as it is given, however many are registered."""
    kept = things(3)
    for registered, stored in product((0, 1, 3), (1, 2, 6)):
        table = bench.fresh()
        register_all(table, Origin.USER_OBJECT, kept[:registered])
        crowd = Crowd(*things(stored, "stored "))
        table.store(*crowd.all())
        crowd.found(bench, table, f"after {registered} registrations and a store of {stored}")


# Faulty tables, which the check has to notice.


@rule.fault
class StoreNeedsRegistrations(CorrectTable):
    """Nothing was registered, so nothing is bound."""

    def store(self, *objects: object) -> None:
        if self._constructors:
            super().store(*objects)


@rule.fault
class StoreStopsAtTheRegistrations(CorrectTable):
    """Objects are zipped with the constructors, and what is left over is lost."""

    def store(self, *objects: object) -> None:
        registered = len(self._constructors) or len(objects)
        super().store(*objects[:registered])
