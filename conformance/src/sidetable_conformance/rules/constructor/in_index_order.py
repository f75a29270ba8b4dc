"""Enumerating the constructors goes 0, 1, 2 and on, one for every registration.

Why:
    Generated code runs them in the order in which they are enumerated, and stores what they give by
    position. In another order every object lands at another's index.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(pool, source)
    >>> _ = table.register_graph_created_object(other, construct)
    >>> list(table.constructors)
    [0, 1]

Causes:
    * They are enumerated newest first, or one kind after the other.
    * They are sorted by the index as text, and 10 comes before 2.
    * A store or a lookup moves entries.
"""

from collections.abc import Mapping
from itertools import cycle, islice

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, indices, register
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import GRAPH_CREATED, Constructor, CorrectTable, Registering

rule: Rule = Rule(
    "constructor.in-index-order", CORE, needs=("index.dense-from-zero", "index.one-sequence")
)


@rule.check(FACT)
def in_index_order(bench: Bench) -> None:
    """They are enumerated 0, 1, 2, before and after stores in another order."""
    for count in (0, 1, 2, 30):
        table = bench.fresh()
        kept = things(count)
        for origin, thing in zip(islice(cycle(Origin), count), kept, strict=True):
            register(table, origin, thing)
        for stored in (None, kept[::-1], []):
            if stored is not None:
                table.store(*stored)
            seen = indices(table)
            when = f"after {count} registrations"
            bench.require(seen == list(range(count)), when, f"0 up to {count}", f"{seen}")


# Faulty tables, which the check has to notice.


@rule.fault
class ConstructorsSortedAsText(CorrectTable):
    """Constructors are sorted by the index as text, and 10 comes before 2."""

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return {index: self._constructors[index] for index in sorted(self._constructors, key=str)}


@rule.fault
class ConstructorsByKind(CorrectTable):
    """Constructors of user objects are enumerated first, those of graph-created objects last."""

    def _begin(self) -> None:
        self._kinds: dict[int, Registering] = {}

    def _take_index(self, kind: Registering) -> int:
        index = super()._take_index(kind)
        self._kinds[index] = kind
        return index

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        in_order = sorted(self._constructors, key=lambda index: self._kinds[index] == GRAPH_CREATED)
        return {index: self._constructors[index] for index in in_order}
