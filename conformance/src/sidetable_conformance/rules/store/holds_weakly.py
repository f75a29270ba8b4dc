"""A store keeps neither its objects nor its argument tuple alive, not even until the next store.

Why:
    The frame of the call holds its objects, and the table only names them. Held by the table, the
    objects of the last call would live until the next one, which may never come.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> table.store(mine)
    >>> seen = weakref.ref(mine)
    >>> del mine
    >>> seen() is None
    True

Causes:
    * The argument tuple is kept, beside the references or in a closure.
    * Some kinds of object are held strongly.
    * The objects are held for the next comparison, or for a message.
"""

from itertools import product

from sidetable_conformance.bench import DEAD, Bench
from sidetable_conformance.objects import REFERENCEABLE, things
from sidetable_conformance.registering import Crowd, replaced
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("store.holds-weakly", CORE)


@rule.check(DEAD)
def holds_weakly(bench: Bench) -> None:
    """A stored object dies as soon as its owner drops it, whatever it is and wherever it stands."""
    for kind, position in product(REFERENCEABLE, range(3)):
        table = bench.fresh()
        crowd = Crowd(*replaced(things(3), position, kind.make()))
        table.store(*crowd.all())
        crowd.drop(position)
        crowd.dead(bench, kind.name, f"after {kind.name}, stored at {position}, was dropped")


# Faulty tables, which the check has to notice.


@rule.fault
class StoreKeepsTheFirst(CorrectTable):
    """The first object is held strongly, as a sign that the binding is in use."""

    def _begin(self) -> None:
        self._first: object = None

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._first = next(iter(objects), None)
