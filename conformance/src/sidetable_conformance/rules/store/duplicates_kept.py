"""An object stored at two positions is found at both, and objects that are equal stay distinct.

Why:
    Two sources can lead to one object in one call and to two in the next, and the graph asks by
    position in both.

Example:
    >>> table = SideTable()
    >>> table.store(pool, other, pool)
    >>> table.get(0) is pool, table.get(2) is pool
    (True, True)

Causes:
    * Objects that are stored already are skipped.
    * Objects are kept as keys of a dictionary or a set, where equal ones are one.
"""

from collections.abc import Iterable
from contextlib import suppress

from sidetable_conformance.bench import FOUND, Bench
from sidetable_conformance.objects import EqualToAll, Thing
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule("store.duplicates-kept", CORE, needs=("store.position-is-index",))


@rule.check(FOUND)
def duplicates_kept(bench: Bench) -> None:
    """One object fills several positions, and equal objects stay distinct."""
    one, other = Thing("one"), Thing("other")
    for objects in ((one, one), (one, other, one), (other, one, one), (one, one, one)):
        _found_in_order(bench, objects, "after a store in which an object stands twice")
    equal = (EqualToAll(), EqualToAll(), EqualToAll())
    _found_in_order(bench, equal, "after a store of equal objects")
    empty = (set[int](), set[int](), frozenset[int](), set[int]())
    _found_in_order(bench, empty, "after a store of empty sets")


def _found_in_order(bench: Bench, objects: tuple[object, ...], when: str) -> None:
    table = bench.fresh()
    table.store(*objects)
    bench.all_found(table, objects, when)


# Faulty tables, which the check has to notice.


@rule.fault
class StoresEachObjectOnce(CorrectTable):
    """An object that is already stored is skipped, by identity, and finds no second position."""

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        first = {id(value): index for index, value in reversed([*enumerate(objects)])}
        kept = set(first.values())
        references = super()._references_to(objects)
        return {index: reference for index, reference in references.items() if index in kept}


@rule.fault
class StoresEqualObjectsOnce(CorrectTable):
    """Each object is interned in a dictionary, and equal ones are stored as the first of them."""

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        interned: dict[object, object] = {}

        def intern(value: object) -> object:
            with suppress(Exception):
                return interned.setdefault(value, value)
            return value

        return super()._references_to(map(intern, objects))
