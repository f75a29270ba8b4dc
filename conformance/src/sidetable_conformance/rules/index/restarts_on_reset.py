"""After reset the next index is 0, whatever was registered, stored or refused before.

Why:
    Reset begins a new graph, whose objects are stored from position 0 on. With numbering that goes
    on, its indices would lie past the end of every store.

Example:
    >>> table = SideTable()
    >>> table.register_user_object(pool, source)
    0
    >>> table.reset()
    >>> table.register_user_object(other, source)
    0

Causes:
    * Reset empties the containers and forgets the counter beside them.
    * The counter belongs to the class or the module, and reset makes a new table only.
"""

from contextlib import suppress
from itertools import product

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("index.restarts-on-reset", CORE, needs=("index.dense-from-zero",))


@rule.check(FACT)
def restarts_on_reset(bench: Bench) -> None:
    """After reset the next index is 0, and so it is after the next reset."""
    table = bench.fresh()
    kept = things(5)
    for origin, count in product(Origin, (1, 5)):
        register_all(table, origin, kept[:count])
        table.store(*kept)
        with suppress(Exception):  # that it is refused is asked elsewhere
            register(table, origin, 5)
        table.reset()
        index = register(table, origin, kept[0])
        when = f"after reset of a table with {count} registrations of a {origin}"
        bench.require(index == 0, when, "index 0", f"index {index}")
        table.reset()


# Faulty tables, which the check has to notice.


@rule.fault
class NumberingOutlivesReset(CorrectTable):
    """Reset empties the containers and forgets the counter beside them."""

    def reset(self) -> None:
        next_index = self._next_index
        super().reset()
        self._next_index = next_index
