"""Real finalizers and weak reference callbacks, which run when an operation lets an object go."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.driver import Driver

from .moments import Action
from .operations import FRAME, OTHERS, RESET, SET, STARTS, STORED
from .seeing import Sight, construct, seen_of

FINALIZER: Final = "a finalizer"
CALLBACK: Final = "a weak reference callback"

DEATHS: Final = (FINALIZER, CALLBACK)
"""What can run when an object dies."""

_MEANWHILE: Final = "meanwhile"


@final
@dataclass(frozen=True, slots=True)
class Died:
    """What became of an operation that let an object go.

    Attributes:
        sight: What the table looks like afterwards.
        error: What went wrong in it, "" for nothing.
    """

    sight: Sight
    error: str


@final
@dataclass(frozen=True, slots=True)
class Drop:
    """An object that a table lets go, and what is done when that happens.

    Attributes:
        death: One of `DEATHS`.
        drop: One of `DROPS`: what lets it go.
        other: One of `OTHERS`: what is done to the table.
    """

    death: str
    drop: str
    other: str

    def meanwhile(self, bench: Bench) -> Died:
        """Does the one in the middle of the other, in a context of its own."""
        return Context().run(self._run, bench, _MEANWHILE)

    def in_turn(self, bench: Bench) -> tuple[Sight, ...]:
        """Returns what the table may look like: what it does after one and then the other."""
        orders = ("before", "after")
        return tuple(Context().run(self._run, bench, order).sight for order in orders)

    def _run(self, bench: Bench, order: str) -> Died:
        table, objects = bench.fresh(), [Thing("first"), Thing("second")]
        STARTS[STORED](table, *objects)
        other, value, errors = OTHERS[self.other], Thing("other"), [""]

        def dies() -> None:
            if order == _MEANWHILE:
                try:
                    other(bench, table, value)
                except BaseException as error:  # noqa: BLE001  # Python would only print it
                    errors.append(describe_error(error))

        mortal: object = _Finalized(dies) if self.death == FINALIZER else _Mortal()
        watching = weakref.ref(mortal, None if self.death == FINALIZER else lambda _: dies())
        drop = DROPS[self.drop](table, mortal)
        del mortal
        if order == "before":
            other(bench, table, value)
        drop()
        if watching() is not None:
            bench.collect()
        if order == "after":
            other(bench, table, value)
        return Died(seen_of(bench, table), errors[-1])


def drops_of(bench: Bench) -> tuple[str, ...]:
    """Returns what lets an object go in a target."""
    needed = {SET: "set", FRAME: "frames"}
    return tuple(name for name in DROPS if name not in needed or bench.has(needed[name]))


class _Mortal:
    """An object that can die."""


class _Finalized(_Mortal):
    def __init__(self, dies: Action) -> None:
        self._dies: Final = dies

    def __del__(self) -> None:
        self._dies()


def _kept_until_reset(table: Driver, mortal: object) -> Action:
    table.register_graph_created_object(mortal, construct)
    return table.reset


def _set_until_a_store(table: Driver, mortal: object) -> Action:
    table.set(0, mortal)
    return lambda: table.store(Thing("nobody's"))


def _in_a_frame(table: Driver, mortal: object) -> Action:
    frame = table.frame(mortal)
    frame.__enter__()
    return frame.leave


DROPS: Final[MappingProxyType[str, Callable[[Driver, object], Action]]] = MappingProxyType(
    {RESET: _kept_until_reset, SET: _set_until_a_store, FRAME: _in_a_frame}
)
"""How a table comes to hold an object: each returns what lets it go."""
