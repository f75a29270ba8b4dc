"""A store, a lookup and the death of its object leave a constructor alone; reset removes it.

Why:
    A graph is compiled again long after its first call, when the objects of that call have died.
    Its constructors are all that is left to write a prologue from.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(Pool(), source)  # dies at once
    >>> table.store(pool)
    >>> list(table.constructors)
    [0]
    >>> table.reset()
    >>> list(table.constructors)
    []

Causes:
    * A store or a lookup takes the constructors for done.
    * A callback of the weak reference removes the constructor with its object.
    * Reset clears the objects and leaves the constructors.
"""

import weakref
from contextlib import suppress

from sidetable_conformance.bench import DEAD, FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Registered, indices
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule(
    "constructor.survives", CORE, needs=("keep.user-object-not-kept", "constructor.repeatable")
)


@rule.check(DEAD, FACT)
def survives(bench: Bench) -> None:
    """Stores, lookups and deaths change no constructor; reset removes every one."""
    table = bench.fresh()
    registered = Registered(bench, table)
    for index in (*registered.given, 1_000):
        with suppress(Exception):  # whether it is found is asked elsewhere
            table.get(index)
    registered.unchanged("after lookups")
    kept = things(6)
    for count in (1, 0, 6):
        table.store(*kept[:count])
        registered.unchanged(f"after a store of {count}")
    table = bench.fresh()
    registered = Registered(bench, table)
    for reference in registered.drop():
        bench.dead(reference, "a user object", "after it was dropped")
    registered.unchanged("after the user objects died")
    table.reset()
    seen = indices(table)
    bench.require(not seen, "after reset", "no constructor", f"constructors of {seen}")


# Faulty tables, which the check has to notice.


@rule.fault
class StoreForgetsTheConstructors(CorrectTable):
    """A store clears the constructors, which have done their work by then."""

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._constructors.clear()


@rule.fault
class LookupForgetsTheConstructor(CorrectTable):
    """An index that was looked up needs no constructor any more, and loses it."""

    def get(self, index: int) -> object:
        value = super().get(index)
        self._constructors.pop(index, None)
        return value


@rule.fault
class DeathForgetsTheConstructor(CorrectTable):
    """The constructor goes with the object that was seen at registration."""

    def _begin(self) -> None:
        self._watched: list[Reference] = []

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        forget = self._constructors.pop
        self._watched.append(weakref.ref(reference(), lambda _: forget(index, None)))


@rule.fault
class ResetKeepsTheConstructors(CorrectTable):
    """Reset clears the objects and leaves the code that fetches them."""

    def reset(self) -> None:
        constructors = self._constructors.copy()
        super().reset()
        self._constructors.update(constructors)
