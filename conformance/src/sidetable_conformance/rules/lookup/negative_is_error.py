"""Looking up a negative index is an error: -1 is not the last object.

Why:
    Python's lists count from the end, and a negative index is always a mistake here: the graph
    would get the last object, whichever that is in this call.

Example:
    >>> table = SideTable()
    >>> table.store(pool, other)
    >>> table.get(-1)
    Traceback (most recent call last):
    sidetable_source.errors.IndexNotRegisteredError: ...

Causes:
    * The table is a list, and only the upper end is checked.
"""

from sidetable_conformance.bench import NOT_FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule("lookup.negative-is-error", CORE, needs=("lookup.unregistered-is-error",))


@rule.check(NOT_FOUND)
def negative_is_error(bench: Bench) -> None:
    """No negative index counts from the end."""
    kept = things(3)
    empty = bench.fresh()
    _none_negative(bench, empty, "on a fresh table")
    for origin in Origin:
        registered = bench.fresh()
        register_all(registered, origin, kept)
        _none_negative(bench, registered, f"after 3 registrations of a {origin}")
    stored = bench.fresh()
    stored.store(*kept)
    _none_negative(bench, stored, "after a store of 3")


def _none_negative(bench: Bench, table: Driver, when: str) -> None:
    for index in (-1, -2, -3, -4, -1_000):
        bench.not_found(table, index, when)


# Faulty tables, which the check has to notice.


@rule.fault
class NegativeCountsFromTheEnd(CorrectTable):
    """The table is a list, and -1 is its last object."""

    def get(self, index: int) -> object:
        return super().get(index + len(self._references) if index < 0 else index)


@rule.fault
class NegativeCountsFromTheStoresEnd(CorrectTable):
    """Only a store makes a list of the binding, and from then on -1 is its last object."""

    def _bind(self, references: dict[int, Reference]) -> None:
        counted = {at - len(references): references[at] for at in references}
        super()._bind(references | counted)
