"""User objects and graph-created objects take their indices from one sequence, however they are
interleaved.

Why:
    The graph carries one number for an object of either kind. Were each kind counted by itself, two
    objects would share a number.

Example:
    >>> table = SideTable()
    >>> table.register_user_object(pool, source)
    0
    >>> table.register_graph_created_object(other, construct)
    1

Causes:
    * Each kind has a counter or a container of its own.
    * One kind begins at an offset, to tell the two apart.
"""

from itertools import product

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import GRAPH_CREATED, CorrectTable, Registering

from .dense_from_zero import some

rule: Rule = Rule("index.one-sequence", CORE)


@rule.check(FACT)
def one_sequence(bench: Bench) -> None:
    """Every interleaving of both kinds is given the indices that one kind alone would be."""
    interleavings = [*product(Origin, repeat=4), tuple(Origin) * 20]
    for origins in interleavings:
        kept = things(len(origins))
        expected = register_all(bench.fresh(), Origin.USER_OBJECT, kept)
        table = bench.fresh()
        given = [register(table, *pair) for pair in zip(origins, kept, strict=True)]
        when = f"after registering, in turn, {', '.join(origins[:4])}"
        bench.require(given == expected, when, f"indices {some(expected)}", some(given))


# Faulty tables, which the check has to notice.


@rule.fault
class OwnSequencePerKind(CorrectTable):
    """User objects and graph-created objects are each counted from zero, and share the slots."""

    def _take_index(self, kind: Registering) -> int:
        if kind != GRAPH_CREATED:
            return super()._take_index(kind)
        return len(self._keep_alive)


@rule.fault
class GraphCreatedFromThousand(CorrectTable):
    """Graph-created objects are numbered from 1,000, so that a glance tells the two kinds apart."""

    def _take_index(self, kind: Registering) -> int:
        if kind != GRAPH_CREATED:
            return super()._take_index(kind)
        return 1_000 + len(self._keep_alive)
