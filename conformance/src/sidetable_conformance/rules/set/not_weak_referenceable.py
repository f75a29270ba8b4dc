"""Setting an object that cannot be weakly referenced raises TypeError, and every index still finds
what it found.

In dynamo-2.13:
    Setting an object that cannot be weakly referenced raises TypeError, and every index still
    finds what it found; whether the object is kept is not asked.

In 2026.11:
    Setting an object that cannot be weakly referenced raises TypeError, every index still finds
    what it found, and the object is released.

Why:
    As for a store, it is the error of `weakref.ref`. A caller that catches it goes on with what was
    bound.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> with suppress(TypeError):
    ...     table.set(0, 5)
    >>> table.get(0) is pool
    True

Causes:
    * The old reference is dropped before the new one is made.
    * The value is silently ignored.
    * 2026.11: the value is kept before it is referenced, as in PyTorch 2.13.
"""

from contextlib import suppress
from functools import partial
from itertools import product

from sidetable_conformance.bench import FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.objects import CARRIERS, UNREFERENCEABLE, things
from sidetable_conformance.registering import Origin, carried, register_all, type_error
from sidetable_conformance.rule import CORE, DYNAMO, OWN, STRICTER, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule(
    "set.not-weak-referenceable",
    CORE,
    difference=STRICTER,
    capabilities=("set",),
    needs=("set.replaces-one", "store.not-weak-referenceable"),
)


@rule.check(FOUND, NOT_FOUND, RAISED)
def not_weak_referenceable(bench: Bench) -> None:
    """Such a value is refused with TypeError, and let go where the edition asks for it."""
    for kind, stored, index in product(UNREFERENCEABLE, (0, 3), range(4)):
        table = bench.fresh()
        kept = things(4)
        register_all(table, Origin.USER_OBJECT, kept)
        table.store(*kept[:stored])
        when = f"a set of {kind.name} at index {index}, after a store of {stored}"
        expected = bench.finds(table, range(6))
        type_error(bench, partial(table.set, index, kind.make()), when)
        bench.still_finds(table, expected, range(6), f"after {when}")
    for carrier in CARRIERS:
        table = bench.fresh()
        kept = things(3)
        table.store(*kept)
        when = f"a set of {carrier.name}"
        value, content = carried(carrier)
        with suppress(Exception):  # which it is, is required above
            table.set(1, value)
        del value
        if bench.edition != DYNAMO:
            bench.dead(content, f"what {carrier.name} held", f"after {when}")


# Faulty tables, which the check has to notice.


@rule.fault
class FailedSetUnbinds(CorrectTable):
    """The old reference is dropped before the new one is known to be possible."""

    def set(self, index: int, value: object) -> None:
        before = self._references.pop(index, None)
        if before is not None:
            self._refer(value)
            self._references[index] = before
        super().set(index, value)


@rule.fault
class FailedSetLeavesAPlaceholder(CorrectTable):
    """An index that is not bound gets a placeholder before the value is looked at."""

    def set(self, index: int, value: object) -> None:
        if index in self._constructors:
            self._references.setdefault(index, lambda: "nothing yet")
        super().set(index, value)


@rule.fault
class FailedSetIsSilent(CorrectTable):
    """A value that cannot be weakly referenced is ignored."""

    def set(self, index: int, value: object) -> None:
        with suppress(TypeError):
            super().set(index, value)


@rule.fault
class FailedSetKeepsTheValue(CorrectTable, only=OWN):
    """The value is appended to the kept ones before it is looked at."""

    def set(self, index: int, value: object) -> None:
        self._keep(value)
        super().set(index, value)
        self._keep_alive.pop()
