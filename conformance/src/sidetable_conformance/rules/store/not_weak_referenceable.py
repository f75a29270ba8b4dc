"""A store of an object that cannot be weakly referenced, in whatever position, raises TypeError.

Why:
    It is what `weakref.ref` itself raises. Skipping the object would move all others, and holding
    it strongly would keep it alive behind its owner's back.

Example:
    >>> table = SideTable()
    >>> table.store(pool, 5)  # a TypeError
    Traceback (most recent call last):
    sidetable_source.errors.NotWeakReferenceableError: ...

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
from sidetable_conformance.objects import UNREFERENCEABLE, Thing, things
from sidetable_conformance.registering import replaced, type_error
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import USER_OBJECT, CorrectTable, Reference

rule: Rule = Rule("store.not-weak-referenceable", CORE)


@rule.check(RAISED)
def not_weak_referenceable(bench: Bench) -> None:
    """One such object is enough for TypeError, in the first, a middle and the last position."""
    for kind, died in product(UNREFERENCEABLE, (False, True)):
        for count, position in ((1, 0), (3, 0), (3, 1), (3, 2)):
            table = bench.fresh()
            objects = things(count)
            if died:
                table.store(*replaced(objects, position, Thing("that dies")))
            over = ", over one that has died" if died else ""
            when = f"a store of {count} objects with {kind.name} at {position}{over}"
            failing = replaced(objects, position, kind.make())
            type_error(bench, partial(table.store, *failing), when)


# Faulty tables, which the check has to notice.


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
