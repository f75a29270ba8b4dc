"""A function that a snapshot has wrapped finds the snapshot's objects in whichever thread of an
executor it is called, and leaves nothing bound there; it returns and raises as before, and holds
the objects as long as it lives.

Why:
    Executors, callbacks and hooks run code where nothing is bound. What is handed to them has to
    bring its objects along.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> look_up = table.snapshot().wrap(table.get)
    >>> table.store()
    >>> with ThreadPoolExecutor(1) as threads:
    ...     threads.submit(look_up, 0).result() is pool
    True

Causes:
    * The snapshot is taken where the function is called, and not where it is wrapped.
    * The snapshot is entered and not left.
    * What was wrapped is good for one call.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product

from sidetable_conformance.bench import ALIVE, DEAD, FACT, FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.driver import Driver, call
from sidetable_conformance.elsewhere import Seen, elsewhere
from sidetable_conformance.objects import Planned, things
from sidetable_conformance.registering import Crowd
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import Function, IsolatedTable, Snapshot

from .reenter import PLACES

rule: Rule = Rule(
    "snapshot.wrap", ISOLATION, capabilities=("snapshots",), needs=("snapshot.reenter",)
)


@rule.check(FOUND, NOT_FOUND, RAISED, DEAD, ALIVE, FACT)
def wrap(bench: Bench) -> None:
    """In executors of one thread and of several, for calls that return and that raise."""
    elsewhere(int)  # says so where there are no threads, as an executor does not
    for workers, threads in product((1, 3), repeat=2):
        table = bench.fresh()
        crowd = Crowd(*things(3, "stored "))
        table.store(*crowd.all())
        looks: list[Seen] = []
        wrapped = table.snapshot().wrap(partial(_look, table, looks))
        table.store()
        when = f"of a function that was wrapped where 3 were stored, in {workers} threads"
        with ThreadPoolExecutor(workers) as executor:
            # One at a time: which of them are at once would be chance.
            returned = [executor.submit(call, wrapped, n).result() for n in range(threads)]
            failing = executor.submit(call, wrapped, -1)
            bench.raised(Planned, failing.result, f"a call {when}")
            after = executor.submit(Seen, table.get, PLACES)
            expected = [*range(threads)]
            bench.require(returned == expected, f"calls {when}", f"{expected}", f"{returned}")
            bench.control(len(looks) == threads, f"each of the calls {when} was seen")
            while looks:
                crowd.found(bench, looks.pop(), f"in a call {when}")
            bench.still_finds(after.result(), {}, PLACES, f"after a call {when}")
        del failing, after
        crowd.drop_all()
        crowd.alive(bench, "an object", f"with a reference {when}")
        del wrapped
        crowd.dead(bench, "an object", f"without a reference {when}")


def _look(table: Driver, looks: list[Seen], number: int) -> int:
    """Keeps what it sees, and returns its argument."""
    if number < 0:
        raise Planned
    looks.append(Seen(table.get, PLACES))
    return number


# Faulty tables, which the check has to notice.


@rule.fault
class WrapSwallowsExceptions(IsolatedTable):
    """A function that is wrapped returns None where it would raise."""

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        wrapped = super()._wrap(snapshot, function)

        def swallow(*arguments: object) -> object:
            try:
                return wrapped(*arguments)
            except Exception:  # noqa: BLE001  # the fault
                return None

        return swallow


@rule.fault
class WrapReturnsNothing(IsolatedTable):
    """A function that is wrapped does not return what it returned."""

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        wrapped = super()._wrap(snapshot, function)

        def run(*arguments: object) -> None:
            wrapped(*arguments)

        return run


@rule.fault
class WrapDoesNotEnter(IsolatedTable):
    """A function that is wrapped finds what is bound where it is called."""

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        return function


@rule.fault
class WrapTakesAnother(IsolatedTable):
    """A function that is wrapped runs in a snapshot that is taken where it is called."""

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        wrap = super()._wrap

        def run(*arguments: object) -> object:
            return wrap(Snapshot(self), function)(*arguments)

        return run


@rule.fault
class WrapStaysBound(IsolatedTable):
    """A function that was wrapped leaves its objects bound where it was called."""

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        def run(*arguments: object) -> object:
            snapshot.__enter__()
            return function(*arguments)

        return run


@rule.fault
class WrapIsForOneCall(IsolatedTable):
    """A function that is wrapped lets its snapshot go when it is called."""

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        wrapped = [super()._wrap(snapshot, function)]

        def run(*arguments: object) -> object:
            return (wrapped.pop() if wrapped else function)(*arguments)

        return run


@rule.fault
class WrapIsListed(IsolatedTable):
    """A table lists the functions that were wrapped, until reset."""

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        wrapped = super()._wrap(snapshot, function)
        self._keep(wrapped)
        return wrapped
