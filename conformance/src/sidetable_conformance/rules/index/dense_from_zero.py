"""The first registration of a fresh or reset table returns the int 0, and each later one the int
that follows.

Why:
    Generated code stores the objects by position, so the index that a registration returns has to
    be the position that its object will have. One that starts at 1, or skips a number, makes the
    graph find its neighbour's object.

Example:
    >>> table = SideTable()
    >>> table.register_user_object(pool, source)
    0
    >>> table.register_user_object(other, source)
    1

Causes:
    * Index 0 is reserved for something else.
    * The counter is advanced in two places.
    * The index is not an int, for example a float or a bool.
"""

from collections.abc import Iterable
from itertools import islice, product

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Registering

rule: Rule = Rule("index.dense-from-zero", CORE)


@rule.check(FACT)
def dense_from_zero(bench: Bench) -> None:
    """Indices are ints and go 0, 1, 2, for one registration and for hundreds."""
    for origin, count in product(Origin, (1, 2, 1_000)):
        table = bench.fresh()
        kept = things(count)
        given = register_all(table, origin, kept)
        when = f"after {count} registrations of a {origin}"
        bench.require(given == list(range(count)), when, "indices 0, 1, 2 and on", some(given))
        types: set[type[object]] = {type(index) for index in given}
        ints = all(issubclass(kind, int) and kind is not bool for kind in types)
        names = ", ".join(sorted(kind.__name__ for kind in types))
        bench.require(ints, when, "every index is an int", names)


def some(numbers: Iterable[object]) -> str:
    return ", ".join(str(number) for number in islice(numbers, 8))


# Faulty tables, which the check has to notice.


@rule.fault
class IndexZeroIsReserved(CorrectTable):
    """Index 0 is set aside for the current stream, so numbering begins at one."""

    def _begin(self) -> None:
        self._next_index = 1


@rule.fault
class CountedTwice(CorrectTable):
    """The constructor and the reference each advance the counter, which skips every other index."""

    def _take_index(self, kind: Registering) -> int:
        self._next_index += 1
        return super()._take_index(kind) - 1


@rule.fault
class IndexIsAFloat(CorrectTable):
    """Indices are kept in an array of doubles, and come out of it as floats."""

    def _take_index(self, kind: Registering) -> int:
        return float(super()._take_index(kind))  # type: ignore[return-value]  # the fault
