"""Whether a table says that anything is registered."""

from __future__ import annotations

from sidetable_conformance.bench.bench import DEAD, FACT, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.registering import Origin, register, register_all
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.kinds import REFERENCEABLE
from sidetable_conformance.objects.things import things
from sidetable_conformance.targets.driver import Driver


@check("present.false-when-empty", FACT)
def false_when_empty(bench: Bench) -> None:
    """Presence is False when fresh and after reset, and a real bool in between too."""
    table = bench.fresh()
    _is(bench, table, False, "on a fresh table")
    kept = things(2)
    for origin in Origin:
        for count in (1, 2):
            register_all(table, origin, kept[:count])
            _is_bool(bench, table, f"after {count} registrations of a {origin}")
            table.reset()
            _is(bench, table, False, f"after reset of {count} registrations of a {origin}")


@check("present.after-user-object", FACT)
def after_user_object(bench: Bench) -> None:
    """Presence is true after a user object of any kind."""
    _true_after(bench, Origin.USER_OBJECT)


@check("present.after-graph-created", FACT)
def after_graph_created(bench: Bench) -> None:
    """Presence is true after a graph-created object of any kind."""
    _true_after(bench, Origin.GRAPH_CREATED)


@check("present.ignores-bindings", FACT)
def ignores_bindings(bench: Bench) -> None:
    """A store does not make presence true, and a store of nothing does not make it false."""
    kept = things(3)
    for count in (0, 1, 3):
        table = bench.fresh()
        before = table.present()
        table.store(*kept[:count])
        _says(bench, table, before, f"after a store of {count} objects and no registration")
    for origin in Origin:
        table = bench.fresh()
        register(table, origin, kept[0])
        before = table.present()
        for count in (3, 0, 1):
            table.store(*kept[:count])
            _says(bench, table, before, f"after registering a {origin} and a store of {count}")


@check("present.ignores-death", DEAD, FACT)
def ignores_death(bench: Bench) -> None:
    """Presence stays true when one, and when all user objects have died."""
    for dying in ((0,), (1,), (0, 1)):
        table = bench.fresh()
        crowd = Crowd(*things(2))
        register_all(table, Origin.USER_OBJECT, crowd.all())
        before = table.present()
        crowd.drop(*dying)
        when = f"after {len(dying)} of 2 user objects died"
        crowd.dead(bench, "a user object", when)
        _says(bench, table, before, when)


def _true_after(bench: Bench, origin: Origin) -> None:
    for kind in REFERENCEABLE:
        table = bench.fresh()
        value = kind.make()
        register(table, origin, value)
        _says(bench, table, True, f"after registering {kind.name} as a {origin}")


def _says(bench: Bench, table: Driver, expected: bool, when: str) -> None:
    """Requires what presence is taken for; that it is a real bool is asked elsewhere."""
    present = table.present()
    bench.require(present is expected, when, f"presence {expected}", f"{present}")


def _is(bench: Bench, table: Driver, expected: bool, when: str) -> None:
    present = table.has_user_objects()
    bench.require(present is expected, when, f"presence is {expected}", describe(present))


def _is_bool(bench: Bench, table: Driver, when: str) -> None:
    present = table.has_user_objects()
    bench.require(isinstance(present, bool), when, "presence is a bool", describe(present))
