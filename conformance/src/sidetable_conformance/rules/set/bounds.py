"""What a set does at an index that is neither bound nor registered depends on the edition.

In dynamo-2.13:
    A set at an index that is neither bound nor registered is accepted and finds the object again,
    or is the error of a lookup and changes nothing.

In 2026.11:
    A set at an index that is neither bound nor registered is the error of a lookup and changes
    nothing.

Why:
    An index that means nothing is a mistake of the caller. Bound all the same, it grows the table
    without limit, or moves to another index than the one that was given.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> table.set(7, other)  # dynamo-2.13 allows it
    Traceback (most recent call last):
    sidetable_source.errors.IndexNotRegisteredError: ...

Causes:
    * 2026.11: the table is a dictionary, and any index is written to it, as in PyTorch 2.13.
    * The object is appended at the next free index.
    * The index is silently ignored.
"""

from itertools import product

from sidetable_conformance.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import Thing, describe_error, things
from sidetable_conformance.registering import Origin, register_all, store_things
from sidetable_conformance.rule import CORE, DYNAMO, OWN, STRICTER, Rule
from sidetable_conformance.tables.core import CorrectTable

from .replaces_one import store_of

rule: Rule = Rule(
    "set.bounds", CORE, difference=STRICTER, capabilities=("set",), needs=("lookup.repeatable",)
)


@rule.check(FOUND, NOT_FOUND, FACT)
def bounds(bench: Bench) -> None:
    """Past every index that means something, a set is refused, or accepted where it may be."""
    for registered, stored, index in product((0, 2), (None, 0, 3), (0, 2, 3, 1_000, -1, -3)):
        table = bench.fresh()
        kept = things(registered, "registered ")
        given = register_all(table, Origin.USER_OBJECT, kept)
        if index in (*given, *range(stored or 0)):
            continue
        _objects = store_things(table, stored)
        places = sorted({*range(6), index})
        expected = bench.finds(table, places)
        value = Thing("set")
        when = f"a set of index {index} after {registered} registrations and {store_of(stored)}"
        refusal = _refusal(table, index, value)
        accepted = refusal is None and bench.edition == DYNAMO
        refused = refusal is not None and bench.is_lookups(refusal)
        seen = "no exception" if refusal is None else describe_error(refusal)
        bench.require(accepted or refused, when, "a lookup's error", seen)
        if accepted:
            expected[index] = value
        del refusal  # its traceback holds the table
        bench.still_finds(table, expected, places, f"after {when}")


def _refusal(table: Driver, index: int, value: object) -> Exception | None:
    """Sets an index, and returns the exception that this raised."""
    try:
        table.set(index, value)
    except Exception as error:  # noqa: BLE001  # which one is right is for the caller to say
        return error
    return None


# Faulty tables, which the check has to notice.


@rule.fault
class SetIsLostPastTheEnd(CorrectTable):
    """An index past the end is silently accepted, and finds nothing afterwards."""

    def set(self, index: int, value: object) -> None:
        if index in self._references or index in self._constructors:
            super().set(index, value)


@rule.fault
class SetAppendsPastTheEnd(CorrectTable):
    """An index past the end is taken for the next free one, and the object is bound there."""

    def set(self, index: int, value: object) -> None:
        size = len(self._references)
        super().set(min(index, size), value)


@rule.fault
class SetTakesAnyIndex(CorrectTable, only=OWN):
    """Whatever index is given is bound."""

    def set(self, index: int, value: object) -> None:
        self._references[index] = self._refer(value)
        self._hold_set(index, value)
