"""Looking up an object that has died is an error, and never None.

Why:
    Whoever had to hold the object released it too early. None instead of an error
    would be passed to the operation as if it were the object.

Example:
    >>> table = SideTable()
    >>> table.store(Pool())  # dies at once
    >>> table.get(0)
    Traceback (most recent call last):
    sidetable_source.errors.ObjectNotAliveError: ...

Causes:
    * The weak reference is called, and its None is returned.
    * The reference is called twice, once to check it and once for the result.
    * An older object of the same index, or a default, is returned instead.
"""

import weakref
from itertools import product
from types import MethodType

from sidetable_conformance.bench import DEAD, NOT_FOUND, Bench
from sidetable_conformance.objects import REFERENCEABLE, Thing, things
from sidetable_conformance.registering import Crowd, Origin, register_all, replaced
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule(
    "lookup.dead-is-error",
    CORE,
    needs=("keep.user-object-not-kept", "store.position-is-index", "store.holds-weakly"),
)


@rule.check(NOT_FOUND, DEAD)
def dead_is_error(bench: Bench) -> None:
    """An object of any kind that has died is an error, at every position."""
    for kind in REFERENCEABLE:
        table = bench.fresh()
        crowd = Crowd(kind.make())
        [index] = register_all(table, Origin.USER_OBJECT, crowd.all())
        crowd.drop_all()
        when = f"after {kind.name} that was registered died"
        crowd.dead(bench, kind.name, when)
        bench.not_found(table, index, when)
    for kind, position in product(REFERENCEABLE, range(3)):
        table = bench.fresh()
        crowd = Crowd(*replaced(things(3), position, kind.make()))
        table.store(*crowd.all())
        crowd.drop(position)
        when = f"after {kind.name} that was stored at {position} died"
        crowd.dead(bench, kind.name, when)
        bench.not_found(table, position, when)
    table = bench.fresh()
    owner = Thing("owner")
    table.store(owner, owner.__init__)  # any bound method will do
    bench.collect()
    bench.not_found(table, 1, "after a store of a bound method, which is a temporary object")


# Faulty tables, which the check has to notice.


@rule.fault
class DeadIsNone(CorrectTable):
    """What the weak reference gives is returned unchecked."""

    def _died(self, index: int) -> object:
        return None


@rule.fault
class BoundMethodLivesOn(CorrectTable):
    """A bound method is referred to through its owner, and found although it died at once."""

    def _refer(self, value: object) -> Reference:
        return weakref.WeakMethod(value) if isinstance(value, MethodType) else super()._refer(value)
