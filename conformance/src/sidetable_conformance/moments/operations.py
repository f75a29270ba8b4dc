"""The operations that something can come in the middle of, and what they begin from."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, TypeAlias

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.driver import Driver
from sidetable_source import LocalSource

from .seeing import construct, found_by

Operation: TypeAlias = Callable[[Bench, Driver, Thing], object]
"""Does something with an object; returns what a caller can see of that, if anything."""


def _register(_: Bench, table: Driver, value: Thing) -> object:
    return table.register_user_object(value, LocalSource(value.label))


def _register_graph_created(_: Bench, table: Driver, value: Thing) -> object:
    return table.register_graph_created_object(value, construct)


def _store(_: Bench, table: Driver, value: Thing) -> object:
    table.store(value, value, value)
    return None


def _set(_: Bench, table: Driver, value: Thing) -> object:
    try:
        table.set(0, value)
    except Exception as error:  # noqa: BLE001  # the same one in every order
        return describe_error(error)
    return None


def _reset(_: Bench, table: Driver, _value: Thing) -> object:
    table.reset()
    return None


def _look_up(bench: Bench, table: Driver, _: Thing) -> object:
    return found_by(bench, table, 0)


def _frame(_: Bench, table: Driver, value: Thing) -> object:
    in_frame(table, value)
    return None


def in_frame(table: Driver, *objects: object) -> None:
    """Enters a frame and leaves it."""
    with table.frame(*objects):
        pass


REGISTER: Final = "a registration"
CREATE: Final = "a registration of a graph-created object"
STORE: Final = "a store"
RESET: Final = "a reset"
SET: Final = "a set"
LOOKUP: Final = "a lookup"
FRAME: Final = "a frame"

OPERATIONS: Final = MappingProxyType(
    {
        REGISTER: _register,
        CREATE: _register_graph_created,
        STORE: _store,
        RESET: _reset,
        SET: _set,
        FRAME: _frame,
    }
)
"""What something can come in the middle of, by its name."""

OTHERS: Final = MappingProxyType(
    {
        REGISTER: _register,
        STORE: _store,
        RESET: _reset,
        LOOKUP: _look_up,
    }
)
"""What a finalizer may do meanwhile, by its name."""

_NEEDED: Final = MappingProxyType({SET: "set", FRAME: "frames"})


def operations_of(bench: Bench) -> tuple[str, ...]:
    """Returns the names of the operations that a target has."""
    return tuple(name for name in OPERATIONS if name not in _NEEDED or bench.has(_NEEDED[name]))


def _registered(table: Driver, first: Thing, second: Thing) -> None:
    table.register_user_object(first, LocalSource("first"))
    table.register_graph_created_object(second, construct)


def _stored(table: Driver, first: Thing, second: Thing) -> None:
    _registered(table, first, second)
    table.store(second, first)


REGISTERED: Final = "registered"
STORED: Final = "stored"

STARTS: Final = MappingProxyType({REGISTERED: _registered, STORED: _stored})
"""How a table comes by two objects, by a phrase."""


def starts_of(name: str) -> tuple[str, ...]:
    """Returns what to begin an operation from: those that change one index go two ways."""
    return (REGISTERED, STORED) if name in (REGISTER, SET) else (STORED,)


def others_of(name: str) -> tuple[str, ...]:
    """Returns what to do in the middle of an operation: lookups where it replaces objects."""
    replaces = name in (STORE, SET, FRAME)
    return tuple(other for other in OTHERS if replaces or other != LOOKUP)
