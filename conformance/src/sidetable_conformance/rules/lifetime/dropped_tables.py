"""However many tables were made, bound and dropped, no object of theirs stays alive, memory has not
grown with their number, and no later table finds what an earlier one has bound.

Why:
    A table for each graph, or for each request, must cost nothing once it is gone. What is kept
    under a table's `id` is found by the next table at the same address.

Example:
    >>> def bound_and_dropped():
    ...     table, mine = SideTable(), Pool()
    ...     table.register_graph_created_object(mine, construct)
    ...     table.store(mine)
    ...     return weakref.ref(mine)
    >>> seen, _ = bound_and_dropped(), gc.collect()
    >>> seen() is None
    True

Causes:
    * Each table has a context variable of its own, which contexts never forget.
    * A binding is kept under the `id` of its table.
    * There is a list of all tables.
"""

import sys
import weakref
from collections.abc import Mapping
from contextvars import Context, ContextVar, Token
from functools import partial
from typing import ClassVar, Final

from sidetable_conformance.bench import DEAD, FACT, NOT_FOUND, Bench, Reference
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Construct
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Edition
from sidetable_conformance.tables.isolated import Binding, IsolatedTable, Place

from ..isolation.threads import Placed, SharedPlace

rule: Rule = Rule(
    "lifetime.dropped-tables",
    ISOLATION,
    capabilities=("tables",),
    needs=("lookup.repeatable", "keep.user-object-not-kept"),
)

TABLES: Final = 200
"""How many tables are dropped in a round."""
ROUNDS: Final = 4
"""How many rounds there are; the first ones fill what is filled once."""


@rule.check(NOT_FOUND, DEAD, FACT)
def dropped_tables(bench: Bench) -> None:
    """Tables that were bound in three contexts that go on, after each of several rounds."""
    here, there, kept = Context(), (Context(), Context()), Thing("that outlives its tables")
    here.run(_set_others)
    blocks: list[int] = []
    for _ in range(ROUNDS):
        references: list[Reference] = []
        for _ in range(TABLES):
            references += here.run(_made_and_dropped, bench, there, kept)
        when = f"after {TABLES} tables were dropped"
        bench.collect()
        for reference in references:
            bench.dead(reference, "an object of a table", when)
        references.clear()
        blocks.append(sys.getallocatedblocks())
    # Whatever else goes on may take some in one round; what is left of each table takes one at
    # least in every round.
    grown = min(blocks[-1] - blocks[-2], blocks[-2] - blocks[-3])
    few = grown < TABLES / 2
    bench.require(few, f"after {TABLES} tables more", "as much memory as before", f"{grown} blocks")


def _set_others() -> None:
    """Sets variables that are nobody's business, whatever they hold."""
    code = _set_others.__code__
    values: tuple[object, ...] = (None, 1, "text", (), (1,), (1, 2), (code, ""), [code, code])
    for value in values:
        ContextVar[object]("another's").set(value)


def _made_and_dropped(bench: Bench, there: tuple[Context, Context], kept: Thing) -> list[Reference]:
    """Uses a table in every way, drops it, and returns references to what only it had."""
    table, objects = bench.target.fresh(), things(5, "of a table that is dropped ")
    for index in (0, 1):
        bench.not_found(table, index, "in a new table, after others were dropped")
    table.register_graph_created_object(objects[0], Construct())
    table.store(kept, *objects[1:3])
    there[0].run(table.store, *objects[2:4])
    there[1].run(table.store)
    if bench.has("set"):
        table.set(1, objects[0])
    if bench.has("snapshots"):
        table.snapshot()
    if bench.has("frames"):
        with table.frame(*objects[3:]) as frame:
            resolves = bench.has("handles")
            look = partial(table.resolve, frame.handle) if resolves else table.get
            look(0)
    return [weakref.ref(value) for value in objects]


# Faulty tables, which the check has to notice.


@rule.fault
class TablesAreListed(IsolatedTable):
    """A list has every table that was made, and so keeps what it keeps."""

    _all: ClassVar[list[object]] = []

    def _begin(self) -> None:
        self._all.append(self)


@rule.fault
class TablesAreKnownByTheirId(IsolatedTable):
    """A table's binding is kept under its `id`, which a later table can get."""

    _places: ClassVar[dict[int, Place]] = {}

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place = self._places.setdefault(id(self), self._place)  # type: ignore[misc]


class _VariablePlace(SharedPlace):
    def __init__(self, own: Place) -> None:
        super().__init__(own)
        self._variable: ContextVar[object] = ContextVar("binding", default=None)

    @property
    def binding(self) -> Binding | None:
        return self.own.binding

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        self._variable.set(None)
        return self.own.publish(binding)


@rule.fault
class AVariableForEachTable(Placed):
    """Each table has a context variable, and no context ever forgets one that it has set."""

    place: ClassVar[type[SharedPlace]] = _VariablePlace
