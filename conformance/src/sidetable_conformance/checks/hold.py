"""Objects that only frames and entry functions hold."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Final

from sidetable_conformance.bench.bench import (
    DEAD,
    FOUND,
    NOT_FOUND,
    RAISED,
    Bench,
    Reference,
)
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.elsewhere import Seen
from sidetable_conformance.objects.kinds import CARRIERS, REFERENCEABLE, UNREFERENCEABLE, Carrier
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver, call
from sidetable_source import LocalSource

HELD: Final = 1
"""The index of what frames hold, between two objects that are held weakly."""


def _like(first: object, held: object, last: object) -> None:
    """Has the signature of the entry function."""


def _in_a_frame(table: Driver, values: list[object], look: Callable[[], object]) -> None:
    with table.frame(*values):
        values.clear()
        look()


def _in_an_entry(table: Driver, values: list[object], look: Callable[[], object]) -> None:
    entry = table.entry(lambda *_: look(), _like)
    first, held, last = values
    values.clear()
    call(entry, first, held, last)


def _ways(bench: Bench) -> Iterator[tuple[str, Callable[..., None]]]:
    yield "a frame", _in_a_frame
    if bench.has("entries"):
        yield "an entry function", _in_an_entry


def _registered(bench: Bench, held: object) -> tuple[Driver, list[Thing]]:
    """Returns a table with three registrations, and what has to be kept alive."""
    table, around = bench.fresh(), things(2, "around ")
    table.register_user_object(around[0], LocalSource("first"))
    table.register_held_by_frames(held, LocalSource("held"))
    table.register_user_object(around[1], LocalSource("last"))
    return table, around


@check("hold.frame", FOUND, NOT_FOUND, RAISED, DEAD)
def held_by_frames(bench: Bench) -> None:
    """Objects of every kind, weakly referenceable or not, are found in frames and nowhere else."""
    for kind, (place, binding) in product((*UNREFERENCEABLE, *REFERENCEABLE), _ways(bench)):
        held = kind.make()
        table, around = _registered(bench, held)
        seen = [Seen(table.get, [HELD])]
        values: list[object] = [around[0], held, around[1]]
        found: list[Seen] = []
        binding(table, values, lambda: found.append(Seen(table.get, range(3))))  # noqa: B023  # called at once
        seen.append(Seen(table.get, [HELD]))
        for each in seen:
            bench.not_found(each, HELD, f"before or after {kind.name} was held by {place}")
        bench.control(len(found) == 1, f"{place} was run")
        for index, value in enumerate((around[0], held, around[1])):
            bench.found(found[0], index, value, f"with {kind.name} at index {HELD}, in {place}")
        if kind in UNREFERENCEABLE:
            when = f"a store of {kind.name} at an index that frames hold"
            bench.raised(TypeError, partial(table.store, around[0], held), when)
    for carrier, (place, binding) in product(CARRIERS, _ways(bench)):
        when = f"what {carrier.name} held, which is registered to be held by {place}"
        table, around, content = _carried(bench, carrier)
        bench.dead(content, when, "before it is bound")
        value = Thing("content")
        content = weakref.ref(value)
        values = [around[0], carrier.wrap(value), around[1]]
        del value
        binding(table, values, lambda: None)
        bench.dead(content, when, "after it was bound")


def _carried(bench: Bench, carrier: Carrier) -> tuple[Driver, list[Thing], Reference]:
    content = Thing("content")
    table, around = _registered(bench, carrier.wrap(content))
    return table, around, weakref.ref(content)
