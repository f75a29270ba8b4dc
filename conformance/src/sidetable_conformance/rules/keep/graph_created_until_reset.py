"""Every graph-created example value stays alive until reset with no other reference to it, across
stores and lookups.

Why:
    Nobody but the table has the example value of an object that the graph makes, and it is needed
    until the graph is captured whole.

Example:
    >>> table = SideTable()
    >>> index = table.register_graph_created_object(Pool(), construct)
    >>> type(table.get(index)).__name__
    'Pool'

Causes:
    * Graph-created objects are held weakly, like user objects.
    * One attribute holds the newest value, or a set holds equal ones once.
    * A store or a lookup lets the values go.
"""

from contextlib import suppress

from sidetable_conformance.bench import ALIVE, Bench
from sidetable_conformance.objects import REFERENCEABLE, things
from sidetable_conformance.registering import Crowd, Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("keep.graph-created-until-reset", CORE)


@rule.check(ALIVE)
def graph_created_until_reset(bench: Bench) -> None:
    """Hundreds of example values live on, of every kind, whatever is looked up and stored."""
    table = bench.fresh()
    created = Crowd(*(kind.make() for kind in REFERENCEABLE), *things(300))
    given = register_all(table, Origin.GRAPH_CREATED, created.all())
    created.drop_all()
    created.alive(bench, "an example value", "after registrations")
    for index in given:
        with suppress(Exception):  # whether a lookup finds it is asked elsewhere
            table.get(index)
    created.alive(bench, "an example value", "after lookups")
    kept = things(len(given) + 2)
    for count in (1, 0, len(kept), 2):
        table.store(*kept[:count])
        created.alive(bench, "an example value", f"after lookups and a store of {count}")


# Faulty tables, which the check has to notice.


@rule.fault
class NothingIsKept(CorrectTable):
    """A graph-created object is registered weakly, like a user object."""

    def _keep(self, value: object) -> None:
        """Keeps nothing."""


@rule.fault
class OnlyTheNewestIsKept(CorrectTable):
    """One attribute keeps the example value, and the next one takes its place."""

    def _keep(self, value: object) -> None:
        self._keep_alive = [value]


@rule.fault
class EqualValuesAreKeptOnce(CorrectTable):
    """An example value that equals a kept one is not kept again."""

    def _keep(self, value: object) -> None:
        with suppress(RuntimeError):  # of values that cannot be compared
            if value in self._keep_alive:
                return
        super()._keep(value)


@rule.fault
class StoreLetsGo(CorrectTable):
    """A store lets the example values go, as now the real objects are there."""

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._keep_alive.clear()


@rule.fault
class LookupLetsGo(CorrectTable):
    """A lookup hands the object over to its caller, and the table keeps it no longer."""

    def get(self, index: int) -> object:
        value = super().get(index)
        self._keep_alive = [kept for kept in self._keep_alive if kept is not value]
        return value
