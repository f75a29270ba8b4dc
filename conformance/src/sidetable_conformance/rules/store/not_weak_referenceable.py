"""A store of an object that cannot be weakly referenced, in whatever position, raises TypeError.

Why:
    It is what `weakref.ref` itself raises. Skipping the object would move all others, and holding
    it strongly would keep it alive behind its owner's back.

Example:
    >>> table = SideTable()
    >>> try:
    ...     table.store(pool, 5)
    ... except TypeError:
    ...     print("refused")
    refused

Causes:
    * The object is left out, or held strongly.
    * Only the first argument is checked.
    * Another error takes the place of TypeError, for example Unsupported.
"""

from collections.abc import Iterable
from contextlib import nullcontext, suppress
from functools import partial
from itertools import product

from sidetable_conformance.bench import RAISED, Bench
from sidetable_conformance.driver import ErrorKind
from sidetable_conformance.objects import UNREFERENCEABLE, Thing, things
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import USER_OBJECT, CorrectTable, Reference

rule: Rule = Rule("store.not-weak-referenceable", CORE)


@rule.check(RAISED)
def not_weak_referenceable(bench: Bench) -> None:
    """One such object is enough for TypeError, in the first, a middle and the last position."""
    for kind, died in product(UNREFERENCEABLE, (False, True)):
        for count, position in ((1, 0), (3, 0), (3, 1), (3, 2)):
            table = bench.fresh()
            objects: list[object] = [*things(count)]
            if died:
                table.store(*objects[:position], Thing("that dies"), *objects[position + 1 :])
            objects[position] = kind.make()
            over = ", over one that has died" if died else ""
            when = f"a store of {count} objects with {kind.name} at {position}{over}"
            bench.raised(
                TypeError, partial(table.store, *objects), when, ErrorKind.NOT_WEAK_REFERENCEABLE
            )


# Faulty tables, which the check has to notice.


@rule.fault
class StoreSkipsTheBadArgument(CorrectTable):
    """What cannot be weakly referenced is left out, and the store goes on."""

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        references: dict[int, Reference] = {}
        for index, value in enumerate(objects):
            with suppress(TypeError):
                references[index] = self._refer(value)
        return references


@rule.fault
class StoreHoldsTheBadArgument(CorrectTable):
    """What cannot be weakly referenced is held strongly instead."""

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        return {index: self._reference(value) for index, value in enumerate(objects)}

    def _reference(self, value: object) -> Reference:
        try:
            return self._refer(value)
        except TypeError:
            return lambda: value


@rule.fault
class StoreTrustsAllButTheFirst(CorrectTable):
    """Only the first argument is checked, and the others are skipped when they do not fit."""

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        references: dict[int, Reference] = {}
        for index, value in enumerate(objects):
            with suppress(TypeError) if index else nullcontext():
                references[index] = self._refer(value)
        return references


@rule.fault
class StoreRaisesUnsupported(CorrectTable):
    """A store refuses in the words of a registration, with Unsupported, which is no TypeError."""

    def store(self, *objects: object) -> None:
        try:
            super().store(*objects)
        except TypeError as cause:
            self._refuse(USER_OBJECT, objects, cause)
