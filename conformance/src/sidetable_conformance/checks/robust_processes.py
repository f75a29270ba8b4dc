"""What becomes of a table in a forked child, and where asserts are left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sidetable_conformance.bench.bench import FACT, FOUND, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.registering import Origin, register
from sidetable_conformance.moments.seeing import NOTHING, found_by
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.processes.forking import forked
from sidetable_conformance.processes.optimized import errors_elsewhere
from sidetable_conformance.processes.provoking import errors_of
from sidetable_conformance.targets.driver import Driver

_PLACES = range(3)
_AT_FORK = "at the fork"
_AFTER_PARENT = "after the parent has stored"
_AFTER_CHILD = "after it has stored itself"


@check("robust.fork", FOUND, FACT)
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
    for index, value in enumerate(parents):
        bench.found(table, index, value, "in the parent, after a forked child has ended")
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


@check("robust.asserts-off", FACT)
def asserts_off(bench: Bench) -> None:
    """Every error that a table can be made to raise, here and in the other interpreter."""
    elsewhere = errors_elsewhere(bench.target)
    for when, error in errors_of(bench.target).items():
        seen = elsewhere.get(when, "nothing of the kind")
        bench.require(seen == error, f"{when}, with asserts on and off", error, seen)
