"""The two ways in which an object comes into a table, so that a check can try both."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Final, final

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.constructing import Construct
from sidetable_conformance.objects.describe import Caught
from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.targets.table import ConstructFn
from sidetable_source import LocalSource

SOURCE: Final = LocalSource("self").attr("pool").item("main")
"""A source for registrations in which the source does not matter."""


@final
class Origin(StrEnum):
    """Where a registered object came from."""

    USER_OBJECT = "user object"
    GRAPH_CREATED = "graph-created object"


def register(
    table: Driver,
    origin: Origin,
    value: object,
    construct_fn: ConstructFn | None = None,
) -> int:
    """Registers an object in one of the two ways, and returns the index that it got.

    A user object has the source `SOURCE`; a graph-created one this construct function, or one of
    its own.
    """
    if origin is Origin.USER_OBJECT:
        return table.register_user_object(value, SOURCE)
    return table.register_graph_created_object(value, construct_fn or Construct())


def register_all(table: Driver, origin: Origin, values: Iterable[object]) -> list[int]:
    """Registers objects in order, and returns the indices that they got."""
    return [register(table, origin, value) for value in values]


def refused(
    bench: Bench,
    table: Driver,
    origin: Origin,
    value: object,
    when: str,
    construct_fn: ConstructFn | None = None,
) -> Caught:
    """Requires that a registration raises, and returns what is known of the exception."""
    return bench.raised(Exception, partial(register, table, origin, value, construct_fn), when)


def indices(table: Driver) -> list[object]:
    """Returns the index of every constructor, in the order in which they are enumerated."""
    return [index for index, _ in table.constructors()]
