"""In every schedule of two threads with up to two preemptions, each finds its own objects; where
threads share a binding, a lookup gives an object of the old or the new one, whole, or one of the
errors that lookups give otherwise: never None, and no other error.

Why:
    A fault that needs one thread to stop at one place shows in production once in a million calls.
    Schedules are gone through one by one instead, the same on every run, and one that fails can be
    run again by its name.

Example:
    >>> table, found = SideTable(), []
    >>> def call(mine):
    ...     table.store(mine)  # another thread may store here
    ...     found.append(table.get(0) is mine)
    >>> threads = [threading.Thread(target=call, args=[mine]) for mine in (pool, other)]
    >>> _ = [thread.start() for thread in threads], [thread.join() for thread in threads]
    >>> found
    [True, True]

Causes:
    * A store empties the binding, and then fills it.
    * A lookup or a registration checks something, and looks again afterwards.
    * Every use is under a lock, and between two uses another thread binds.
    * A thread's binding is kept under `threading.get_ident()`, which a later thread can get.
"""

import threading
from collections.abc import Mapping
from contextvars import Token
from typing import ClassVar, Final

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.errors import CouldNotRun, NotTestable
from sidetable_conformance.interleavings import CASES, Case, explore_case
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import ConstructFn, Edition, Reference, Registering
from sidetable_conformance.tables.isolated import (
    HANDLES,
    Binding,
    Box,
    Entry,
    IsolatedTable,
    Place,
    Snapshot,
    refuse,
)

from .tasks import StoreChangesWhatItFinds
from .threads import Placed, SharedPlace

rule: Rule = Rule(
    "isolation.every-interleaving",
    ISOLATION,
    capabilities=("threads",),
    needs=("lookup.repeatable", "index.dense-from-zero", "constructor.own-index"),
)


@rule.check(FACT)
def every_interleaving(bench: Bench) -> None:
    """Two threads in each of the cases, in as many schedules as there is time for."""
    for case in CASES:
        if all(bench.has(word) for word in case.capabilities):
            in_every_schedule(bench, case)


def in_every_schedule(bench: Bench, case: Case) -> None:
    """Requires that nothing goes wrong in any schedule of a case."""
    try:
        found = explore_case(case, bench.target, tables=bench.fresh, limit=bench.budget.schedules)
    except (CouldNotRun, NotTestable):
        bench.abandon()
        raise
    if found.is_stuck:
        bench.abandon()
    bench.require(found.failure is None, case.name, case.asks, str(found.failure))


# Faulty tables, which the check has to notice.


@rule.fault
class ClearsThenFills(StoreChangesWhatItFinds):
    """A store clears the binding that is there, and then fills it."""

    def _change(self, binding: Binding, references: Mapping[int, Reference]) -> None:
        filled: dict[int, Reference] = {}
        super()._change(binding, filled)
        for index in references:
            filled[index] = references[index]


@rule.fault
class ChecksThenIndexes(StoreChangesWhatItFinds):
    """A lookup sees that an index is bound, and takes it from what is bound afterwards."""

    def _find(self, binding: Binding | None, index: int) -> object:
        if binding is None or index not in binding.references:
            return super()._find(binding, index)
        value = self._dereference(binding.references[index])
        return self._died(index) if value is self.DEAD else value


@rule.fault
class DereferencesTwice(IsolatedTable):
    """A lookup asks a reference whether its object is alive, and then for the object."""

    def _dereference(self, reference: Reference) -> object:
        return self.DEAD if reference() is None else self._taken(reference)

    def _taken(self, reference: Reference) -> object:
        value = reference()
        return value.value if type(value) is Box else value


class _LockedPlace(SharedPlace):
    def __init__(self, own: Place) -> None:
        self._lock = threading.Lock()
        super().__init__(own)

    @property
    def binding(self) -> Binding | None:
        with self._lock:
            return super().binding

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        with self._lock:
            return super().publish(binding)


@rule.fault
class OneBindingBehindALock(Placed):
    """All threads find what was bound last, and a lock is around every use of it."""

    place: ClassVar[type[SharedPlace]] = _LockedPlace


@rule.fault
class CountsInTwoSteps(IsolatedTable):
    """A registration takes the number of those before it, and counts itself afterwards."""

    def _begin(self) -> None:
        self._next_index = 0

    def _take_index(self, kind: Registering) -> int:
        index = self._next_index
        self._next_index = index + 1
        return index


@rule.fault
class BindsWhereItExpectedToo(IsolatedTable):
    """A registration that is given another index than it expected is bound at both."""

    def _register(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        expected = len(self._constructors)
        index = super()._register(kind, value, construct_fn)
        self._bind_registered(expected, self._refer_registered(kind, value))
        return index


@rule.fault
class SnapshotIsLeftByOneAtATime(IsolatedTable):
    """A snapshot cannot be left by one thread while another one leaves it."""

    def _leave_snapshot(self, snapshot: Snapshot, error: object) -> None:
        snapshot.note = not snapshot.note or refuse("left while it was")
        try:
            super()._leave_snapshot(snapshot, error)
        finally:
            snapshot.note = False


@rule.fault
class ChecksAHandleThenLooks(IsolatedTable):
    """A lookup by a handle sees that the frame is open, and looks for its binding afterwards."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._open: Final[dict[int, Entry]] = {}

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entry = super()._enter(references)
        self._open[HANDLES.give(entry)] = entry
        return entry

    def _leave(self, entry: Entry, error: object) -> None:
        super()._leave(entry, error)
        del self._open[entry.handle]

    def resolve(self, handle: int, index: int) -> object:
        super().resolve(handle, index)
        return self._find(self._open[handle].binding, index)
