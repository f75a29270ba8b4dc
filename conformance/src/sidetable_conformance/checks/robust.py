"""Indices that are no ints, construct functions that register, and copies of a table."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import partial
from itertools import product
from types import MappingProxyType
from typing import Final, cast, final

from sidetable_conformance.bench.bench import FACT, FOUND, NOT_FOUND, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.elsewhere import Seen
from sidetable_conformance.bench.entering import entry_of
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.bench.registering import SOURCE, Origin, indices, register
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.kinds import Numbered
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver, call
from sidetable_source import Codegen, LocalSource

# What is passed where an int is asked for, to see what comes of it.
_LIKE_INTS: Final = tuple(cast("int", Numbered(number)) for number in range(2))
_PAST: Final = tuple(cast("int", Numbered(number)) for number in (-1, 2, 2**70))
_NO_INDICES: Final = tuple(cast("int", value) for value in (0.0, 1.0, "0", None))


@check("robust.index-types", FOUND, NOT_FOUND, RAISED)
def index_types(bench: Bench) -> None:
    """Lookups and sets by what can be an index, and by what only looks like one."""
    table = bench.fresh()
    kept = things(2)
    table.store(*kept)
    for index, value in zip(_LIKE_INTS, kept, strict=True):
        bench.found(table, index, value, "a lookup by what has an __index__")
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
            for index, value in zip(_LIKE_INTS, kept, strict=True):
                bench.found(seen, index, value, "a lookup by a handle and what has an __index__")
            for wrong in _NO_INDICES:
                when = f"a lookup by a handle and {wrong!r}"
                bench.raised(TypeError, partial(resolve, wrong), when)


# --- construct functions that register --------------------------------------------------------


@check("robust.constructor-reentrancy", FOUND, FACT)
def constructor_reentrancy(bench: Bench) -> None:
    """A run over three constructors, one of which registers one more object of either kind."""
    for origin, position in product(Origin, range(3)):
        table = bench.fresh()
        adding, _kept = _register_three(table, origin, position)
        when = f"a run in which constructor {position} registers a {origin}"
        for run in range(2):
            expected = [*range(3 + run)]
            ran: list[object] = []
            for index, constructor in table.each_constructor():
                table.write(constructor, Recorder())
                ran.append(index)
            bench.require(ran == expected, when, f"constructors {expected} run", f"{ran}")
            bench.found(table, 3 + run, adding.added[run], when)
        if bench.has("entries"):
            _into_an_entry(bench, origin, position)


def _into_an_entry(bench: Bench, origin: Origin, position: int) -> None:
    table, pool = bench.fresh(), Thing("pool")
    _kept = _register_three(table, origin, position)
    seen = call(entry_of(table, lambda: Seen(table.get, range(4))), pool)
    when = f"an entry function, made while constructor {position} registered a {origin}"
    for index in range(3):
        bench.found(seen, index, pool, when)
    bench.not_found(seen, 3, when)


def _register_three(table: Driver, origin: Origin, position: int) -> tuple[_Adding, list[Thing]]:
    adding, kept = _Adding(table, origin), things(3)
    for number, value in enumerate(kept):
        construct = adding if number == position else _writing
        table.register_graph_created_object(value, construct)
    return adding, kept


def _writing(_: int, codegen: Codegen) -> None:
    codegen(LocalSource("pool"))


@final
class _Adding:
    """A construct function that registers one more object each time."""

    def __init__(self, table: Driver, origin: Origin) -> None:
        self._table: Final = table
        self._origin: Final = origin
        self.added: Final[list[Thing]] = []

    def __call__(self, index: int, codegen: Codegen, /) -> None:
        self.added.append(Thing(f"added {len(self.added)}"))
        register(self._table, self._origin, self.added[-1], _writing)
        _writing(index, codegen)


# --- copies -----------------------------------------------------------------------------------


def _by_pickle(value: object) -> object:
    copied: object = pickle.loads(pickle.dumps(value))  # noqa: S301  # we pickled it ourselves
    return copied


_WAYS: Final[MappingProxyType[str, Callable[[object], object]]] = MappingProxyType(
    {"copy.copy": copy.copy, "copy.deepcopy": copy.deepcopy, "pickle": _by_pickle}
)


@check("robust.copy-and-pickle", FOUND, FACT)
def copy_and_pickle(bench: Bench) -> None:
    """A copy is refused, or is a table of its own; a handle is a number; sources are equal."""
    for name, way in _WAYS.items():
        table, value, other = bench.fresh(), Thing("stored"), Thing("other")
        register(table, Origin.USER_OBJECT, value)
        table.store(value)
        when = f"{name} of a table"
        try:
            copied = table.copied(way)
        except Exception:  # noqa: BLE001  # whichever error says that it can not be copied
            copied = None
        if copied is not None:
            copied.store(other, other)
            bench.found(copied, 1, other, f"{when}, and a store in the copy")
            register(copied, Origin.USER_OBJECT, other)
        bench.found(table, 0, value, when)
        given = indices(table)
        bench.require(given == [0], when, "its constructor of 0", f"constructors of {given}")
        source = way(SOURCE)
        bench.control(source == SOURCE, f"{name} of a source gives an equal one")
        if bench.has("handles"):
            frame = table.frame(value)
            with frame:
                seen = way(frame.handle)
                bench.require(
                    seen == frame.handle, f"{name} of a handle", "the number", describe(seen)
                )
