"""How long an object that was set stays alive with no other reference to it depends on the edition.

In dynamo-2.13:
    An object that was set stays alive until reset, also when its index is set again or a store
    replaces it.

In 2026.11:
    An object that was set stays alive until a store or a reset replaces the binding, and is then
    released.

Why:
    The caller of set may have no other reference, so the table has to hold the object. PyTorch 2.13
    holds each one until reset, and a call that sets one every time leaks one every time.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> seen = weakref.ref(mine)
    >>> table.store(pool)
    >>> table.set(0, mine)
    >>> del mine
    >>> table.store(other)
    >>> seen() is None  # in dynamo-2.13 only after reset
    True

Causes:
    * The object is held weakly, or only the newest one is held.
    * 2026.11: what was set is put on a list that only reset clears, as in PyTorch 2.13.
    * dynamo-2.13: what was set goes with the binding.
"""

from itertools import product

from sidetable_conformance.bench import ALIVE, DEAD, FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Crowd, Origin, register, register_all
from sidetable_conformance.rule import CORE, DYNAMO, OPPOSITE, OWN, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule(
    "set.lifetime",
    CORE,
    difference=OPPOSITE,
    capabilities=("set",),
    needs=("keep.released-on-reset", "set.replaces-one"),
)


@rule.check(FOUND, DEAD, ALIVE)
def lifetime(bench: Bench) -> None:
    """An object that was set lives until reset, or no longer than the binding it was set in."""
    until_reset = bench.edition == DYNAMO
    for stored, count in product((False, True), (0, 1, 3)):
        table = bench.fresh()
        kept = things(3)
        given = register_all(table, Origin.USER_OBJECT, kept)
        if stored:
            table.store(*kept)
            given = [0, 1, 2]
        values = _set_all(table, given, 2)
        values.alive(bench, "an object that was set", "after the caller dropped it")
        bench.found(table, given[2], kept[2], "after other indices were set")
        table.store(*kept[:count])
        when = f"after objects were set, and a store of {count}"
        if until_reset:
            values.alive(bench, "an object that was set", when)
            table.reset()
            when = f"{when}, and reset"
        values.dead(bench, "an object that was set", when)
    table, one = bench.fresh(), Thing("stored")
    register(table, Origin.USER_OBJECT, one)
    table.store(one)
    values = Crowd(Thing("set"), Thing("held by the check"))
    table.set(0, values.all()[0])
    values.drop(0)
    table.reset()
    values.dead(bench, "an object that was set", "after reset")
    if until_reset:
        table = bench.fresh()
        table.store(one)
        values = _set_all(table, [0, 0, 0], 3)
        values.alive(bench, "an object that was set", "after its index was set again")


def _set_all(table: Driver, given: list[int], count: int) -> Crowd:
    """Sets new objects at the first of these indices, and drops them."""
    values = Crowd(*things(count, "set "))
    for index, value in zip(given, values.all(), strict=False):
        table.set(index, value)
    values.drop_all()
    return values


# Faulty tables, which the check has to notice.


@rule.fault
class SetKeepsUntilReset(CorrectTable, only=OWN):
    """What was set is appended to the kept values, and stays when it was replaced long ago."""

    def _hold_set(self, index: int, value: object) -> None:
        self._keep(value)


@rule.fault
class StoreLetsWhatWasSetGo(CorrectTable, only=DYNAMO):
    """The next store releases what was set, and reset does not."""

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set[index] = value


@rule.fault
class ResetKeepsWhatWasSet(CorrectTable, only=OWN):
    """Reset clears the binding, and leaves the values that were set until the next store."""

    def reset(self) -> None:
        held = self._values_set.copy()
        super().reset()
        self._values_set.update(held)


@rule.fault
class SetHoldsTheNewestOnly(CorrectTable):
    """One attribute holds what was set last, at whichever index."""

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set = {0: value}


@rule.fault
class SetHoldsTheNewestOfAnIndex(CorrectTable, only=DYNAMO):
    """What was set is kept until reset by its index, and lets go what was set there before."""

    def _bind(self, references: dict[int, Reference]) -> None:
        self._references = references

    def _hold_set(self, index: int, value: object) -> None:
        self._values_set[index] = value

    def reset(self) -> None:
        super().reset()
        self._values_set.clear()
