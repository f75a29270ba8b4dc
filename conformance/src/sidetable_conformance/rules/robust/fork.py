"""A forked child finds what its parent had bound, and neither disturbs the other.

Why:
    Workers of a data loader are forked from a process that has compiled its graphs already. A table
    that empties itself there, or is in memory that both can write, breaks one of the two.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> import os, warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     child = os.fork() if hasattr(os, "fork") else -1
    >>> _ = child or os._exit(table.get(0) is not pool)
    >>> child < 0 or os.waitpid(child, 0)[1] == 0
    True

Causes:
    * What is bound is kept by process id.
    * The state, or a part of it, is in shared memory.
    * A lock that another thread held at the fork is never free in the child.
"""

import mmap
import os
from collections.abc import Callable, Mapping, Sequence

from sidetable_conformance.bench import FACT, FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.elsewhere import forked
from sidetable_conformance.objects import Thing, describe, things
from sidetable_conformance.registering import NOTHING, Origin, found_by, register
from sidetable_conformance.rule import ROBUST, Rule
from sidetable_conformance.tables.core import ConstructFn, Reference, Registering
from sidetable_conformance.tables.robust import RobustTable

rule: Rule = Rule("robust.fork", ROBUST, needs=("store.position-is-index",))

_PLACES = range(3)
_AT_FORK = "at the fork"
_AFTER_PARENT = "after the parent has stored"
_AFTER_CHILD = "after it has stored itself"


@rule.check(FOUND, FACT)
def fork(bench: Bench) -> None:
    """The child looks, the parent binds and registers, the child looks and does the same."""
    table = bench.fresh()
    stored, parents, childs = things(2, "stored "), things(3, "parent's "), things(1, "child's ")
    register(table, Origin.USER_OBJECT, stored[0])
    table.store(*stored)

    def child(wait: Callable[[], object]) -> list[str]:  # pragma: no cover  # in the child
        said = _look(bench, table, _AT_FORK)
        wait()
        said += _look(bench, table, _AFTER_PARENT)
        following = register(table, Origin.USER_OBJECT, childs[0])
        table.store(*childs)
        return [*said, *_look(bench, table, _AFTER_CHILD), f"its next index: {following}"]

    def parent() -> None:
        for value in parents[:2]:
            register(table, Origin.USER_OBJECT, value)
        table.store(*parents)

    said = forked(child, parent)
    expected = [
        *_expected(_AT_FORK, stored),
        *_expected(_AFTER_PARENT, stored),
        *_expected(_AFTER_CHILD, childs),
        "its next index: 1",
    ]
    bench.control(len(said) == len(expected), "the child says as much as it has to")
    for seen, right in zip(said, expected, strict=True):
        bench.require(seen == right, "in a forked child", right, seen)
    bench.all_found(table, parents, "in the parent, after a forked child has ended")
    following = register(table, Origin.USER_OBJECT, stored[0])
    expected_next = len(parents)
    same = following == expected_next
    bench.require(same, "in the parent", f"the next index {expected_next}", f"{following}")


def _look(bench: Bench, table: Driver, where: str) -> list[str]:  # pragma: no cover  # the same
    return [f"{where}, {index}: {found_by(bench, table, index)}" for index in _PLACES]


def _expected(where: str, values: Sequence[Thing]) -> list[str]:
    found = [describe(value) for value in values]
    found += [NOTHING] * (len(_PLACES) - len(found))
    return [f"{where}, {index}: {each}" for index, each in enumerate(found)]


# Faulty tables, which the check has to notice.


@rule.fault
class ForgetsInAChild(RobustTable):
    """What is bound is only found by the process that has made the table."""

    def _begin(self) -> None:
        self._process = os.getpid()

    def get(self, index: int) -> object:
        return super().get(index) if os.getpid() == self._process else self._never_bound(index)


class _Sharing(RobustTable):
    """Counts, in memory that its children share, what they have done."""

    def _begin(self) -> None:
        self._process = os.getpid()
        self._childs = mmap.mmap(-1, 1)

    def _count(self) -> None:
        self._childs[0] += os.getpid() != self._process


@rule.fault
class ChildUnbindsItsParent(_Sharing):
    """A child's store ends what its parent has bound."""

    _stores = 0

    def get(self, index: int) -> object:
        return super().get(index) if self._stores == self._childs[0] else self._never_bound(index)

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        self._count()
        self._stores = self._childs[0]


@rule.fault
class ChildTakesItsParentsIndices(_Sharing):
    """A child's registrations advance the next index of its parent."""

    def _add(
        self, kind: Registering, value: object, construct_fn: ConstructFn, found: Reference | None
    ) -> int:
        index = super()._add(kind, value, construct_fn, found)
        self._count()
        return index + self._childs[0] if os.getpid() == self._process else index
