"""A snapshot holds what was alive when it was taken exactly as long as it lives itself; what was
dead is not found, the others are at their own indices, and where nothing is bound, taking one is a
lookup's error.

Why:
    The forward's objects have to be there for its backward, and to go with it. An empty snapshot
    would put off the error to where nobody knows what was missing.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> seen = weakref.ref(mine)
    >>> table.store(mine)
    >>> snapshot = table.snapshot()
    >>> del mine
    >>> seen() is not None
    True

Causes:
    * A snapshot keeps the references, and not what they refer to.
    * A snapshot is on a list of the table's, or in the contexts that it was entered in.
    * A snapshot leaves out the dead, so that what follows moves up.
"""

import math
from contextvars import Context, copy_context
from functools import partial

from sidetable_conformance.bench import ALIVE, DEAD, FOUND, NOT_FOUND, Bench
from sidetable_conformance.elsewhere import Seen
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Crowd
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Reference
from sidetable_conformance.tables.isolated import Binding, Box, IsolatedTable, Snapshot

rule: Rule = Rule(
    "snapshot.bounded-life", ISOLATION, capabilities=("snapshots",), needs=("snapshot.reenter",)
)


@rule.check(FOUND, NOT_FOUND, DEAD, ALIVE)
def bounded_life(bench: Bench) -> None:
    """What was alive lives as long as the snapshot, the dead are gone, and nothing is refused."""
    table = bench.fresh()
    for when in ("on a fresh table", "after reset"):
        taken = Seen(lambda _: table.snapshot(), [0])  # called at once
        bench.not_found(taken, 0, f"a snapshot taken {when}")
        table.store(*things(2))
        table.reset()
    for entered in (2, 0):
        table = bench.fresh()
        living, dead = Crowd(*things(2, "living ")), Crowd(Thing("dead before"))
        table.store(living.all()[0], *dead.all(), living.all()[1])
        dead.drop(0)
        snapshot = table.snapshot()
        table.store()
        when = f"of which a snapshot was taken, and entered {entered} times"
        bench.collect()
        copied: list[Context] = []
        for _ in range(entered):
            with snapshot:
                copied.append(copy_context())
                expected: dict[int, object] = dict(zip((0, 2), living.all(), strict=True))
                bench.still_finds(table, expected, range(3), f"in a snapshot, {when}")
                del expected
        living.drop_all()
        living.alive(bench, "an object", when)
        del snapshot
        living.dead(bench, "an object", f"{when}, and which was dropped")


# Faulty tables, which the check has to notice.


@rule.fault
class SnapshotOfNothing(IsolatedTable):
    """Where nothing is bound, a snapshot can be taken, and is empty."""

    def _to_keep(self, binding: Binding | None) -> Binding:
        return binding or Binding({})


@rule.fault
class SnapshotClosesTheGaps(IsolatedTable):
    """A snapshot leaves the dead out, and what stands behind them moves up."""

    def _bound_by(self, snapshot: Snapshot) -> dict[int, Reference]:
        return dict(enumerate(snapshot.references.values()))


@rule.fault
class SnapshotEndsAtTheDead(IsolatedTable):
    """A snapshot ends with the first object that is dead."""

    def _bound_by(self, snapshot: Snapshot) -> dict[int, Reference]:
        end, bound = min(snapshot.dead, default=math.inf), super()._bound_by(snapshot)
        return {index: each for index, each in bound.items() if index <= end}


@rule.fault
class DeadIsNoneInASnapshot(IsolatedTable):
    """A snapshot holds what the references gave, which is None for the dead."""

    def _bound_by(self, snapshot: Snapshot) -> dict[int, Reference]:
        return {**snapshot.references, **dict.fromkeys(snapshot.dead, partial(Box, None))}


@rule.fault
class SnapshotHoldsWeakly(IsolatedTable):
    """A snapshot keeps the references, and not what they refer to."""

    def snapshot(self) -> Snapshot:
        snapshot = super().snapshot()
        snapshot.held.clear()
        return snapshot


@rule.fault
class SnapshotIsListed(IsolatedTable):
    """A table lists the snapshots that were taken, until reset."""

    def snapshot(self) -> Snapshot:
        snapshot = super().snapshot()
        self._keep(snapshot)
        return snapshot


@rule.fault
class ContextKeepsTheSnapshot(IsolatedTable):
    """The binding of a snapshot holds the objects, and so does every copy of its context."""

    def _bound_by(self, snapshot: Snapshot) -> dict[int, Reference]:
        return {index: partial(Box, each()) for index, each in snapshot.references.items()}
