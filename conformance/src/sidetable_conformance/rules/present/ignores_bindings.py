"""A store alone does not make `has_user_objects()` true, and a store of nothing does not make it
false.

Why:
    It is a fact about the graph that is being captured, and a store is about the call that is
    running. Another graph's call must not decide whether this one gets a prologue.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> table.has_user_objects()
    False

Causes:
    * It looks at the bound references instead of at the registrations.
    * A store of nothing is taken for a reset.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

from .after_user_object import says

rule: Rule = Rule("present.ignores-bindings", CORE)


@rule.check(FACT)
def ignores_bindings(bench: Bench) -> None:
    """A store does not make presence true, and a store of nothing does not make it false."""
    kept = things(3)
    for count in (0, 1, 3):
        table = bench.fresh()
        before = table.present()
        table.store(*kept[:count])
        says(bench, table, before, f"after a store of {count} objects and no registration")
    for origin in Origin:
        table = bench.fresh()
        register(table, origin, kept[0])
        before = table.present()
        for count in (3, 0, 1):
            table.store(*kept[:count])
            says(bench, table, before, f"after registering a {origin} and a store of {count}")


# Faulty tables, which the check has to notice.


@rule.fault
class PresenceReadsTheBinding(CorrectTable):
    """Presence is whether any reference is in the table, which a store changes."""

    def has_user_objects(self) -> bool:
        return bool(self._references)


@rule.fault
class EmptyStoreTakesPresenceBack(CorrectTable):
    """A store of nothing is taken for a sign that the graph carries no objects."""

    _stored_nothing = False

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._stored_nothing = not objects

    def has_user_objects(self) -> bool:
        return super().has_user_objects() and not self._stored_nothing
