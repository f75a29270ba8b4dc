"""What is left of tables that were dropped."""

from __future__ import annotations

import sys
import weakref
from contextvars import Context, ContextVar
from functools import partial
from typing import Final

from sidetable_conformance.bench.bench import DEAD, FACT, NOT_FOUND, Bench, Reference
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.constructing import Construct
from sidetable_conformance.objects.things import Thing, things

TABLES: Final = 200
"""How many tables are dropped in a round."""

ROUNDS: Final = 4
"""How many rounds there are; the first ones fill what is filled once."""


@check("lifetime.dropped-tables", NOT_FOUND, DEAD, FACT)
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
