"""A lookup changes nothing: lookups in any number and order find the same objects.

Why:
    A graph may use one object in several places and orders, and its backward uses it again. What a
    lookup changed would depend on who asked first.

Example:
    >>> table = SideTable()
    >>> table.store(pool, other)
    >>> [table.get(index) is pool for index in (0, 1, 0, 0)]
    [True, False, True, True]

Causes:
    * A lookup pops the reference, or replaces it by what it found.
    * A cache moves entries, or constructors, in the order in which they were used.
    * A lookup that fails removes or adds an entry.
"""

from sidetable_conformance.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, indices, register, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule(
    "lookup.repeatable",
    CORE,
    needs=("lookup.trace-time", "lookup.negative-is-error", "store.position-is-index"),
)


@rule.check(FOUND, NOT_FOUND, FACT)
def repeatable(bench: Bench) -> None:
    """Lookups in every order, also ones that fail, leave bindings and registrations alone."""
    for stored in (False, True):
        kept = things(5)
        next_index = register_all(bench.fresh(), Origin.USER_OBJECT, kept)[-1]
        table = bench.fresh()
        given = register_all(table, Origin.USER_OBJECT, kept[:4])
        if stored:
            table.store(*kept[:4])
            given = [0, 1, 2, 3]
        enumerated, present = indices(table), table.present()
        when = f"after {'a store' if stored else 'registrations'} and other lookups"
        for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 2, 2, 0), (1, 3, 0, 2)):
            for position in order:
                bench.found(table, given[position], kept[position], when)
            for index in (max(given) + 1, -1):
                bench.not_found(table, index, when)
        seen, now = indices(table), table.present()
        bench.require(seen == enumerated, when, f"constructors of {enumerated}", f"of {seen}")
        bench.require(now is present, when, f"presence {present}", f"{now}")
        later = register(table, Origin.USER_OBJECT, kept[4])
        bench.require(later == next_index, when, f"the next index {next_index}", f"{later}")


# Faulty tables, which the check has to notice.


@rule.fault
class LookupConsumes(CorrectTable):
    """A lookup pops the reference, since generated code asks for every index once."""

    def get(self, index: int) -> object:
        value = super().get(index)
        del self._references[index]
        return value


@rule.fault
class LookupSwapsWithTheFirst(CorrectTable):
    """The entry that was looked up changes places with the first, where it is found sooner."""

    def get(self, index: int) -> object:
        value = super().get(index)
        bound, first = self._references, next(iter(self._references))
        bound[first], bound[index] = bound[index], bound[first]
        return value


@rule.fault
class LookupReordersConstructors(CorrectTable):
    """A lookup moves the constructor of its index behind the others, as the one used last."""

    def get(self, index: int) -> object:
        value = super().get(index)
        if index in self._constructors:
            self._constructors[index] = self._constructors.pop(index)
        return value


@rule.fault
class LookupTakesPresenceBack(CorrectTable):
    """A lookup means that the graph runs, and presence is over with the trace."""

    def _begin(self) -> None:
        self._tracing = True

    def has_user_objects(self) -> bool:
        return super().has_user_objects() and self._tracing

    def get(self, index: int) -> object:
        value = super().get(index)
        self._tracing = False
        return value


@rule.fault
class LookupReservesTheIndex(CorrectTable):
    """A lookup past the end makes room for its index, and the next one is given out behind it."""

    def _never_bound(self, index: int) -> object:
        self._next_index = max(self._next_index, index + 1)
        return super()._never_bound(index)
