"""A caller can tell an index that was never bound from an object that has died.

In dynamo-2.13:
    Never bound and died are both AssertionErrors, and their messages, or their types, differ.

In 2026.11:
    Never bound and died are errors of different types, and neither type is a kind of the other.

Why:
    The two have different remedies: bind the object, or hold it for longer. A caller that cannot
    tell them apart can give no advice and choose no way out.

Example:
    >>> table = SideTable()
    >>> table.store(Pool())  # dies at once
    >>> table.get(0)
    Traceback (most recent call last):
    sidetable_source.errors.ObjectNotAliveError: ...
    >>> table.get(1)
    Traceback (most recent call last):
    sidetable_source.errors.IndexNotRegisteredError: ...

Causes:
    * 2026.11: one exception type is raised for both, as in PyTorch 2.13.
    * 2026.11: one of the two types is a child of the other.
    * A death removes the entry, and the index looks as if it had never been bound.
"""

from itertools import product

from sidetable_conformance.bench import DEAD, FACT, NOT_FOUND, Bench
from sidetable_conformance.objects import Caught, things
from sidetable_conformance.registering import Crowd, Origin, register_all
from sidetable_conformance.rule import CORE, DYNAMO, OWN, STRICTER, Rule
from sidetable_conformance.tables.core import CorrectTable

from .does_not_extend_life import put

rule: Rule = Rule(
    "lookup.error-kinds",
    CORE,
    difference=STRICTER,
    needs=("index.dense-from-zero", "lookup.unregistered-is-error", "lookup.dead-is-error"),
)


@rule.check(NOT_FOUND, DEAD, FACT)
def error_kinds(bench: Bench) -> None:
    """At the same index, never bound and died give errors that a caller can tell apart."""
    for index in (0, 1, 5):
        for never, stored in product(_never_bound_errors(bench, index), (False, True)):
            died = _dead_error(bench, index, stored=stored)
            when, seen = f"at index {index}, never bound and died", f"{never.text}, and {died.text}"
            if bench.edition == DYNAMO:
                right = all(issubclass(each.kind, AssertionError) for each in (never, died))
                bench.require(right, when, "two AssertionErrors", seen)
                apart = never.told_apart_from(died)
                expected = "other messages, or other types"
            else:
                apart = not (issubclass(never.kind, died.kind) or issubclass(died.kind, never.kind))
                expected = "types of which neither is a kind of the other"
            bench.require(apart, when, expected, seen)


def _never_bound_errors(bench: Bench, index: int) -> list[Caught]:
    errors = [bench.lookup_error(bench.fresh(), index, "on a fresh table")]
    table, kept = bench.fresh(), things(index)
    table.store(*kept)
    errors.append(bench.lookup_error(table, index, f"after a store of {index}"))
    table = bench.fresh()
    register_all(table, Origin.USER_OBJECT, kept)
    return [*errors, bench.lookup_error(table, index, f"after {index} registrations")]


def _dead_error(bench: Bench, index: int, *, stored: bool) -> Caught:
    table = bench.fresh()
    crowd = Crowd(*things(index + 2))
    given = put(table, crowd, stored=stored)
    crowd.drop(index)
    when = f"after the object at {given[index]} died"
    crowd.dead(bench, "a dropped object", when)
    return bench.lookup_error(table, given[index], when)


# Faulty tables, which the check has to notice.


@rule.fault
class OneTypeForBoth(CorrectTable, only=OWN):
    """Every failed lookup raises an AssertionError, and only the words differ."""

    def _never_bound(self, index: int) -> object:
        raise AssertionError("index was never registered")

    def _died(self, index: int) -> object:
        raise AssertionError("object is no longer alive")


@rule.fault
class KeyErrorEscapes(CorrectTable, only=DYNAMO):
    """The container's own KeyError reaches the caller, who waits for an AssertionError."""

    def _never_bound(self, index: int) -> object:
        raise KeyError(index)


@rule.fault
class TheDeadAreForgotten(CorrectTable):
    """A death removes the entry, and the index seems never to have been bound."""

    def _died(self, index: int) -> object:
        return self._never_bound(index)
