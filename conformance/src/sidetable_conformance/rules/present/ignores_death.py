"""`has_user_objects()` stays true when every registered object has died.

Why:
    The graph still carries the index, and its prologue fetches the object by its source in
    every call.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(Pool(), source)  # dies at once
    >>> table.has_user_objects()
    True

Causes:
    * It asks whether any of the registered objects is alive.
    * A death removes the registration.
"""

from sidetable_conformance.bench import DEAD, FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Crowd, Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

from .after_user_object import says

rule: Rule = Rule("present.ignores-death", CORE, needs=("keep.user-object-not-kept",))


@rule.check(DEAD, FACT)
def ignores_death(bench: Bench) -> None:
    """Presence stays true when one, and when all user objects have died."""
    for dying in ((0,), (1,), (0, 1)):
        table = bench.fresh()
        crowd = Crowd(*things(2))
        register_all(table, Origin.USER_OBJECT, crowd.all())
        before = table.present()
        crowd.drop(*dying)
        when = f"after {len(dying)} of 2 user objects died"
        crowd.dead(bench, "a user object", when)
        says(bench, table, before, when)


# Faulty tables, which the check has to notice.


@rule.fault
class PresenceAsksTheLiving(CorrectTable):
    """Presence asks whether any object that was bound is still alive."""

    def has_user_objects(self) -> bool:
        bound = list(self._references.values())
        living = any(reference() is not None for reference in bound)
        return super().has_user_objects() and (living or not bound)
