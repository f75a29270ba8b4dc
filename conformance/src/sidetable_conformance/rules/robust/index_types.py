"""Anything with `__index__` is accepted as an index, in every operation that takes one; a float, a
str or None is a TypeError.

Why:
    An index may have gone through a graph as data and come out as a number of an array library.
    What is no integer is a mistake in generated code, and must not find what happens to be equal to
    it.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> table.get(False) is pool
    True
    >>> with suppress(TypeError):
    ...     table.get(0.0)

Causes:
    * The table is a dict, in which 0.0 finds what is at 0.
    * Only an int is accepted, by its type.
    * The index is compared with the length before it is converted.
"""

import operator
from functools import partial
from typing import Final, cast

from sidetable_conformance.bench import FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.elsewhere import Seen
from sidetable_conformance.objects import Numbered, Thing, things
from sidetable_conformance.rule import ROBUST, Rule
from sidetable_conformance.tables.robust import RobustTable

rule: Rule = Rule("robust.index-types", ROBUST, needs=("store.position-is-index",))


# What is passed where an int is asked for, to see what comes of it.
_LIKE_INTS: Final = tuple(cast("int", Numbered(number)) for number in range(2))
_PAST: Final = tuple(cast("int", Numbered(number)) for number in (-1, 2, 2**70))
_NO_INDICES: Final = tuple(cast("int", value) for value in (0.0, 1.0, "0", None))


@rule.check(FOUND, NOT_FOUND, RAISED)
def index_types(bench: Bench) -> None:
    """Lookups and sets by what can be an index, and by what only looks like one."""
    table = bench.fresh()
    kept = things(2)
    table.store(*kept)
    bench.all_found(table, kept, "a lookup by what has an __index__", _LIKE_INTS)
    for index in _PAST:
        bench.not_found(table, index, "a lookup by what has an __index__")
    for wrong in _NO_INDICES:
        bench.raised(TypeError, partial(table.get, wrong), f"a lookup by {wrong!r}")
    if bench.has("set"):
        value = Thing("set")
        table.set(_LIKE_INTS[1], value)
        bench.found(table, 1, value, "a set by what has an __index__")
        for wrong in _NO_INDICES:
            set_ = partial(table.set, wrong, Thing("other"))
            bench.raised(TypeError, set_, f"a set by {wrong!r}")
    if bench.has("handles"):
        frame = table.frame(*kept)
        with frame:
            resolve = partial(table.resolve, frame.handle)
            seen = Seen(resolve, _LIKE_INTS)
            bench.all_found(
                seen, kept, "a lookup by a handle and what has an __index__", _LIKE_INTS
            )
            for wrong in _NO_INDICES:
                when = f"a lookup by a handle and {wrong!r}"
                bench.raised(TypeError, partial(resolve, wrong), when)


# Faulty tables, which the check has to notice.


def _rounded_down(index: object) -> int:
    return int(index) if type(index) is float else index  # type: ignore[return-value]  # the fault


@rule.fault
class GetTakesIntsOnly(RobustTable):
    """A lookup finds nothing at an index whose type is not int."""

    def get(self, index: int) -> object:
        return super().get(index) if type(index) is int else self._never_bound(0)


@rule.fault
class GetCountsFromTheEnd(RobustTable):
    """A lookup only asks of an int whether it is negative."""

    def get(self, index: int) -> object:
        binding = self._bound_in(self._whole())
        if type(index) is not int and operator.index(index) < 0 and binding is not None:
            index = max(binding.references)
        return super().get(index)


@rule.fault
class GetRoundsDown(RobustTable):
    """A lookup makes an int of a float."""

    def get(self, index: int) -> object:
        return super().get(_rounded_down(index))


@rule.fault
class SetTakesIntsOnly(RobustTable):
    """A set does nothing at an index whose type is not int."""

    def set(self, index: int, value: object) -> None:
        if type(index) is int:
            super().set(index, value)


@rule.fault
class SetRoundsDown(RobustTable):
    """A set makes an int of a float."""

    def set(self, index: int, value: object) -> None:
        super().set(_rounded_down(index), value)


@rule.fault
class ResolveTakesIntsOnly(RobustTable):
    """A lookup by a handle finds nothing at an index whose type is not int."""

    def resolve(self, handle: int, index: int) -> object:
        if type(index) is not int:
            return self._never_bound(0)
        return super().resolve(handle, index)


@rule.fault
class ResolveRoundsDown(RobustTable):
    """A lookup by a handle makes an int of a float."""

    def resolve(self, handle: int, index: int) -> object:
        return super().resolve(handle, _rounded_down(index))
