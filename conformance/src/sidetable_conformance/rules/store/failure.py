"""What is bound after a store that failed depends on the edition; registrations are as they were.

In dynamo-2.13:
    After a store that failed nothing is bound, and registrations are as they were.

In 2026.11:
    After a store that failed the previous binding is whole, and registrations are as they were.

Why:
    A caller that catches the error goes on with whatever is bound then. A half-filled table mixes
    the objects of two calls; PyTorch 2.13 clears it first, and so leaves it empty.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> with suppress(TypeError):
    ...     table.store(other, 5)
    >>> table.get(0) is pool  # in dynamo-2.13 this is an error
    True

Causes:
    * 2026.11: the old references are cleared before all of the new ones are made.
    * The objects are bound one by one, and those before the failing one stay.
    * dynamo-2.13: the new references are made first, and a failure leaves the old ones.
"""

from contextlib import suppress
from functools import partial
from itertools import product

from sidetable_conformance.bench import FACT, NOT_FOUND, RAISED, Bench
from sidetable_conformance.objects import UNREFERENCEABLE, things
from sidetable_conformance.registering import Origin, Registered, register_all, replaced
from sidetable_conformance.rule import CORE, DYNAMO, OPPOSITE, OWN, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule(
    "store.failure",
    CORE,
    difference=OPPOSITE,
    needs=("lookup.unregistered-is-error", "store.not-weak-referenceable"),
)


@rule.check(NOT_FOUND, RAISED, FACT)
def failure(bench: Bench) -> None:
    """A failed store leaves nothing bound, or everything, and every registration as it was."""
    for kind, position, stored in product(UNREFERENCEABLE, range(3), (None, 0, 2, 4)):
        table = bench.fresh()
        kept, previous = things(3), things(stored or 0, "previous ")
        given = register_all(table, Origin.USER_OBJECT, kept)
        if stored is not None:
            table.store(*previous)
        places = sorted({*range(5), *given})
        whole = {} if bench.edition == DYNAMO else bench.finds(table, places)
        when = f"after a store of 3 objects failed because of {kind.name} at {position}"
        failing = replaced(things(3, "failing "), position, kind.make())
        bench.raised(Exception, partial(table.store, *failing), when)
        bench.still_finds(table, whole, places, when)
        del failing  # alive until here, or it would not be found anyway
    expected = Registered(bench, bench.fresh()).next_index()
    for position in range(3):
        table = bench.fresh()
        registered = Registered(bench, table)
        when = f"after a store failed because of an int at {position}"
        with suppress(Exception):  # that it fails is required above
            table.store(*replaced(things(3, "failing "), position, 5))
        registered.unchanged(when)
        seen = registered.next_index()
        bench.require(seen == expected, when, f"the next index {expected}", f"{seen}")


# Faulty tables, which the check has to notice.


@rule.fault
class ClearsBeforeItFills(CorrectTable, only=OWN):
    """The old binding is cleared before the new one is known to be whole."""

    def store(self, *objects: object) -> None:
        self._bind({})
        super().store(*objects)


@rule.fault
class FillsOneByOne(CorrectTable):
    """Each argument is bound as it comes, and an error leaves those before it in the table."""

    def store(self, *objects: object) -> None:
        self._bind({})
        for index, value in enumerate(objects):
            self._references[index] = self._refer(value)


@rule.fault
class FailedStoreKeepsTheOld(CorrectTable, only=DYNAMO):
    """The new binding is made before the old one is cleared, and an error leaves the old one."""

    def _give_up_store(self) -> None:
        """Keeps what is bound."""


@rule.fault
class FailedStoreResets(CorrectTable):
    """An error in a store resets the table, registrations and all."""

    def _give_up_store(self) -> None:
        self.reset()


@rule.fault
class FailedStoreForgetsConstructors(CorrectTable):
    """An error in a store takes the constructors with it, since they fetched the wrong thing."""

    def _give_up_store(self) -> None:
        super()._give_up_store()
        self._constructors.clear()


@rule.fault
class FailedStoreLetsGo(CorrectTable):
    """An error in a store lets the example values go, since the trace will be given up."""

    def _give_up_store(self) -> None:
        super()._give_up_store()
        self._keep_alive.clear()
