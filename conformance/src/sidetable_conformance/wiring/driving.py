"""Whether a target can be driven at all: each operation once, in the plainest way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.constructing import writes_source
from sidetable_conformance.bench.registering import SOURCE, Origin, indices, register
from sidetable_conformance.errors import RequirementFailed, TargetError
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.listing import CAPABILITIES
from sidetable_conformance.targets.target import Target

_Step: TypeAlias = Callable[[Bench], None]


def drive(target: Target, edition: str) -> Iterator[str]:
    """Uses each operation of a target once, and yields its name when it has worked.

    The target is left reset.

    Raises:
        TargetError: If an operation does not do the plainest thing that it is for.

    Example:
        >>> from functools import partial
        >>> from sidetable_conformance.mutants import CorrectTable
        >>> from sidetable_conformance.targets.target import open_target
        >>> target = open_target(partial(CorrectTable, "2026.11"))
        >>> list(drive(target, "2026.11"))[:3]
        ['register_user_object', 'register_graph_created_object', 'has_user_objects']
    """
    for operation, step in _STEPS.items():
        if operation in CAPABILITIES and operation not in target.capabilities:
            continue
        bench = Bench(target, edition)
        try:
            step(bench)
        except TargetError:
            raise
        except (Exception, SystemExit) as error:
            seen = str(error) if isinstance(error, RequirementFailed) else describe_error(error)
            raise TargetError(target.name, f"{operation} does not work: {seen}") from error
        finally:
            bench.clear()
        yield operation


def _register_user_object(bench: Bench) -> None:
    _found_where_registered(bench, Origin.USER_OBJECT)


def _register_graph_created_object(bench: Bench) -> None:
    _found_where_registered(bench, Origin.GRAPH_CREATED)


def _found_where_registered(bench: Bench, origin: Origin) -> None:
    table, value = bench.fresh(), Thing("registered")
    index = register(table, origin, value)
    bench.found(table, index, value, f"after registering a {origin}")


def _has_user_objects(bench: Bench) -> None:
    table, value = bench.fresh(), Thing("registered")
    register(table, Origin.USER_OBJECT, value)
    bench.require(table.present(), "after a registration", "True", "what is false")


def _constructors(bench: Bench) -> None:
    table, value = bench.fresh(), Thing("registered")
    index = register(table, Origin.USER_OBJECT, value)
    writes_source(bench, table, index, SOURCE, "after a registration")


def _store(bench: Bench) -> None:
    table, stored = bench.fresh(), things(2)
    table.store(*stored)
    for index, value in enumerate(stored):
        bench.found(table, index, value, "after a store of 2")


def _get(bench: Bench) -> None:
    bench.not_found(bench.fresh(), 0, "on a fresh table")


def _set(bench: Bench) -> None:
    table, stored, value = bench.fresh(), things(2), Thing("set")
    table.store(*stored)
    table.set(1, value)
    bench.found(table, 1, value, "after a set of index 1")


def _reset(bench: Bench) -> None:
    table, value = bench.fresh(), Thing("registered")
    register(table, Origin.USER_OBJECT, value)
    table.reset()
    left = indices(table)
    bench.require(not left, "after reset", "no constructors", f"the constructors of {left}")


_STEPS: Final[dict[str, _Step]] = {
    "register_user_object": _register_user_object,
    "register_graph_created_object": _register_graph_created_object,
    "has_user_objects": _has_user_objects,
    "constructors": _constructors,
    "store": _store,
    "get": _get,
    "set": _set,
    "reset": _reset,
}
