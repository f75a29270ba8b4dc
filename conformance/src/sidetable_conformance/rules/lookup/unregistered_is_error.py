"""Looking up an index that nothing is bound to is an error, on an empty table and on a filled one,
just past the end and far past it.

Why:
    A wrong index is a fault of the code that uses it. A None in its place goes on through the
    graph, and fails far away or not at all.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> table.get(1)
    Traceback (most recent call last):
    sidetable_source.errors.IndexNotRegisteredError: ...

Causes:
    * `dict.get` returns None, and nobody looks at it.
    * The check against the end is off by one, or wraps around.
    * Entries that were cleared stay behind as None.
"""

from typing import Final

from sidetable_conformance.bench import NOT_FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("lookup.unregistered-is-error", CORE)

FAR: Final = (1, 2, 1_000, 2**40)
"""How far past the last index to look."""


@rule.check(NOT_FOUND)
def unregistered_is_error(bench: Bench) -> None:
    """An index past the end is an error, whatever is registered or stored before it."""
    table = bench.fresh()
    for index in (0, *FAR):
        bench.not_found(table, index, "on a fresh table")
    kept = things(3)
    for origin in Origin:
        table = bench.fresh()
        past = max(register_all(table, origin, kept))
        for distance in FAR:
            bench.not_found(table, past + distance, f"past 3 registrations of a {origin}")
    for count in (1, 3):
        table = bench.fresh()
        table.store(*kept[:count])
        for distance in FAR:
            bench.not_found(table, count - 1 + distance, f"past a store of {count}")


# Faulty tables, which the check has to notice.


@rule.fault
class UnboundIsNone(CorrectTable):
    """The table is read with `dict.get`, and an unknown index is None."""

    def _never_bound(self, index: int) -> object:
        return None


@rule.fault
class UnboundIsNoneOnAnEmptyTable(CorrectTable):
    """A fast path for graphs that carry no objects returns before the index is checked."""

    def get(self, index: int) -> object:
        return super().get(index) if self._references else None


@rule.fault
class OnePastTheEndIsTheLast(CorrectTable):
    """The bound is checked with `<=`, and the index just past the end finds the last object."""

    def get(self, index: int) -> object:
        past_the_end = index == len(self._references) > 0
        return super().get(index - 1 if past_the_end else index)


@rule.fault
class IndexWrapsAround(CorrectTable):
    """An index is cut to 32 bits, and one far past the end begins again at the front."""

    def get(self, index: int) -> object:
        return super().get(index & 0xFFFFFFFF)


@rule.fault
class StorePadsTheBinding(CorrectTable):
    """A binding is filled up to a multiple of four with its last object, to keep it aligned."""

    def store(self, *objects: object) -> None:
        padding = objects[-1:] * (-len(objects) % 4)
        super().store(*objects, *padding)
