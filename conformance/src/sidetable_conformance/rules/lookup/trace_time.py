"""Before any store, an index finds the object that was registered with it.

Why:
    While a graph is captured its operations are run once on examples, and look up indices that no
    store has bound yet.

Example:
    >>> table = SideTable()
    >>> index = table.register_user_object(pool, source)
    >>> table.get(index) is pool
    True

Causes:
    * A registration records the constructor and makes no reference.
    * One kind is bound at registration, and the other only by a store.
    * The two kinds are counted apart, and one covers the other.
"""

from itertools import product

from sidetable_conformance.bench import FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable

rule: Rule = Rule("lookup.trace-time", CORE, needs=("index.one-sequence",))


@rule.check(FOUND)
def trace_time(bench: Bench) -> None:
    """Every object is found at the index that its registration returned, with no store."""
    for origins in product(Origin, repeat=3):
        table = bench.fresh()
        kept = things(3)
        given = [register(table, *pair) for pair in zip(origins, kept, strict=True)]
        bench.all_found(table, kept, f"after registering, in turn, {', '.join(origins)}", given)


# Faulty tables, which the check has to notice.


@rule.fault
class GraphCreatedWaitsForAStore(CorrectTable):
    """A graph-created object is not there while the graph is traced, and only a store binds it."""

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        index = super().register_graph_created_object(value, construct_fn)
        del self._references[index]
        return index
