"""A store leaves constructors, their order, the next index, presence and what is kept alive as they
were.

Why:
    Registrations describe the graph, and a store only one call of it. A store that changed them
    would break every later call and every capture that is under way.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(pool, source)
    >>> table.store()
    >>> list(table.constructors), table.has_user_objects()
    ([0], True)
    >>> table.register_user_object(other, source)
    1

Causes:
    * References and registrations share one container.
    * Constructors beyond the number of stored objects are removed.
    * A store lets the example values of graph-created objects go.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Registered
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("store.keeps-registrations", CORE, needs=("constructor.repeatable",))


@rule.check(FACT)
def keeps_registrations(bench: Bench) -> None:
    """Whatever is stored, registrations are as they would be without it."""
    expected = Registered(bench, bench.fresh()).next_index()
    for counts in ((0,), (1,), (3,), (5,), (5, 0, 2)):
        table = bench.fresh()
        registered = Registered(bench, table)
        objects = things(max(counts))
        for count in counts:
            table.store(*objects[:count])
        when = f"after stores of {', then '.join(map(str, counts))} objects"
        registered.unchanged(when)
        seen = registered.next_index()
        bench.require(seen == expected, when, f"the next index {expected}", f"{seen}")


# Faulty tables, which the check has to notice.


@rule.fault
class StoreCutsTheConstructors(CorrectTable):
    """Constructors beyond the number of stored objects are taken for an older trace's."""

    def store(self, *objects: object) -> None:
        super().store(*objects)
        for index in [index for index in self._constructors if index >= len(objects)]:
            del self._constructors[index]


@rule.fault
class StoreSortsTheConstructors(CorrectTable):
    """A store moves the constructors of what it bound behind the others."""

    def store(self, *objects: object) -> None:
        super().store(*objects)
        for index in range(len(objects) - 1):
            if index in self._constructors:
                self._constructors[index] = self._constructors.pop(index)
