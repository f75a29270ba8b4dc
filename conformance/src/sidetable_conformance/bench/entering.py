"""Entry functions of one parameter, which sources call `pool`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sidetable_conformance.targets.driver import Driver


def entry_of(table: Driver, graph: Callable[[], object]) -> Callable[..., Any]:
    """Returns an entry function around a graph without arguments, to be called by `call`.

    Args:
        table: Whose entry function it is.
        graph: Called inside; the entry function returns what it returns.
    """

    def like(pool: object) -> None:
        """Has the signature."""

    def run(_: object) -> object:
        return graph()

    return table.entry(run, like)
