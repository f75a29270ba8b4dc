"""A store returns None.

Why:
    Generated code calls it as a statement and drops the result. A value returned from there stays
    on an operand stack, or gets relied upon by accident.

Example:
    >>> table = SideTable()
    >>> table.store(pool) is None
    True

Causes:
    * The table is returned, so that calls can be chained.
    * The number of objects, or the new binding, is returned.
"""

from itertools import product

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import describe, things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("store.returns-nothing", CORE)


@rule.check(FACT)
def returns_nothing(bench: Bench) -> None:
    """A store of none, one or several objects returns None."""
    kept = things(3)
    for registered, count in product((0, 2), (0, 1, 3)):
        table = bench.fresh()
        register_all(table, Origin.USER_OBJECT, kept[:registered])
        returned = table.store(*kept[:count])
        bench.require(returned is None, f"a store of {count}", "None", describe(returned))


# Faulty tables, which the check has to notice.


@rule.fault
class StoreReturnsTheNumber(CorrectTable):
    """The number of stored objects is returned."""

    def store(self, *objects: object) -> None:
        super().store(*objects)
        return len(objects)  # type: ignore[return-value]  # the fault
