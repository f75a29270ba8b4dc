"""Two tables share nothing: what is registered, stored, set, entered or reset in one leaves the
other as it was.

Why:
    Each graph, or each tracer, can then have a table of its own. Were anything shared, a reset for
    one graph would take the objects of another.

Example:
    >>> table, another = SideTable(), SideTable()
    >>> table.register_user_object(pool, source)
    0
    >>> another.register_user_object(other, source)
    0
    >>> another.reset()
    >>> table.get(0) is pool
    True

Causes:
    * A container is an attribute of the class, or of the module, instead of the table.
    * A default argument is a list or a dictionary, and so one for all tables.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final, TypeAlias

from sidetable_conformance.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Origin, Registered, register, store_things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Constructor, Edition, Reference
from sidetable_conformance.tables.isolated import BOUND, IsolatedTable, Place

rule: Rule = Rule(
    "isolation.tables", ISOLATION, capabilities=("tables",), needs=("lookup.repeatable",)
)

PLACES: Final = range(5)
_Moment: TypeAlias = tuple[str, dict[int, object], dict[int, object]]
"""What was done, and what each of the two tables has to find then."""


@rule.check(FOUND, NOT_FOUND, FACT)
def tables(bench: Bench) -> None:
    """What one table registers, stores, sets, enters and resets, the other does not notice."""
    first = bench.fresh()
    registered = Registered(bench, first)
    kept = store_things(first, 4, "of the first table ")
    second = bench.another()
    when = "when a second table was made"
    empty = not second.present() and not second.constructors()
    bench.require(empty, when, "no registrations in it", "some")
    for when, of_first, of_second in _moments(bench, first, dict(enumerate(kept)), second):
        for table, expected in ((first, of_first), (second, of_second)):
            bench.still_finds(table, expected, PLACES, when)
        registered.unchanged(when)


def _moments(
    bench: Bench, first: Driver, kept: dict[int, object], second: Driver
) -> Iterator[_Moment]:
    """Does one thing after another with the second table, and one with frames of both."""
    own: dict[int, object] = {}
    yield "when a second table was made", kept, own
    objects = things(2, "registered with the second table ")
    given = [register(second, Origin.USER_OBJECT, value) for value in objects]
    yield "after registrations in the second table", kept, dict(zip(given, objects, strict=True))
    own = dict(enumerate(things(2, "of the second table ")))
    second.store(*own.values())
    yield "after a store in the second table", kept, own
    if bench.has("set"):
        own = {**own, 0: Thing("set in the second table")}
        second.set(0, own[0])
        yield "after a set in the second table", kept, own
    if bench.has("frames"):
        objects = things(6, "in a frame ")
        outer, inner = first.frame(*objects[:4]), second.frame(*objects[4:])
        outer.__enter__()
        inner.__enter__()
        bound: dict[int, object] = dict(enumerate(objects[4:]))
        yield "in a frame of each table", dict(enumerate(objects[:4])), bound
        outer.leave()
        yield "in a frame of the second table", kept, bound
        inner.leave()
        yield "after a frame of each table", kept, own
    second.store()
    yield "after a store of nothing in the second table", kept, {}
    second.reset()
    yield "after a reset of the second table", kept, {}


# Faulty tables, which the check has to notice.


@rule.fault
class TablesShareTheBinding(IsolatedTable):
    """All tables have one binding in a context."""

    _shared: ClassVar[Place] = Place()

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place = self._shared  # type: ignore[misc]  # the fault


@rule.fault
class StoreUnbindsOtherTables(IsolatedTable):
    """A context knows what one table has bound, and forgets it when another one stores."""

    def _bind(self, references: Mapping[int, Reference]) -> None:
        BOUND.set({self._place.number: self._place.binding} if self._place.binding else {})
        super()._bind(references)


@rule.fault
class TablesShareTheConstructors(IsolatedTable):
    """All tables have one list of constructors, which a reset empties."""

    _shared: ClassVar[dict[int, Constructor]] = {}

    def _begin(self) -> None:
        self._constructors = self._shared


@rule.fault
class TablesShareTheKeptObjects(IsolatedTable):
    """All tables have one list of objects to keep alive, which a reset empties."""

    _shared: ClassVar[list[object]] = []

    def _begin(self) -> None:
        self._keep_alive = self._shared
