"""What a table keeps alive, and until when."""

from __future__ import annotations

import weakref
from contextlib import suppress
from itertools import product

from sidetable_conformance.bench.bench import ALIVE, DEAD, FACT, RAISED, Bench, Reference
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.constructing import written
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.registering import Origin, refused, register_all
from sidetable_conformance.objects.kinds import CARRIERS, REFERENCEABLE, Carrier
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.requirement import DYNAMO
from sidetable_conformance.targets.driver import Driver


@check("keep.graph-created-until-reset", ALIVE)
def graph_created_until_reset(bench: Bench) -> None:
    """Hundreds of example values live on, of every kind, whatever is looked up and stored."""
    table = bench.fresh()
    created = Crowd(*(kind.make() for kind in REFERENCEABLE), *things(300))
    given = register_all(table, Origin.GRAPH_CREATED, created.all())
    created.drop_all()
    created.alive(bench, "an example value", "after registrations")
    for index in given:
        with suppress(Exception):  # whether a lookup finds it is asked elsewhere
            table.get(index)
    created.alive(bench, "an example value", "after lookups")
    kept = things(len(given) + 2)
    for count in (1, 0, len(kept), 2):
        table.store(*kept[:count])
        created.alive(bench, "an example value", f"after lookups and a store of {count}")


@check("keep.released-on-reset", DEAD, ALIVE)
def released_on_reset(bench: Bench) -> None:
    """Example values of every kind die at reset, except the one that somebody else holds."""
    table = bench.fresh()
    created = Crowd(Thing("held by the check"), *(kind.make() for kind in REFERENCEABLE))
    register_all(table, Origin.GRAPH_CREATED, created.all())
    created.drop(*range(1, len(created)))
    created.alive(bench, "an example value", "before reset")
    table.reset()
    created.dead(bench, "an example value", "after reset")


@check("keep.user-object-not-kept", DEAD, FACT)
def user_object_not_kept(bench: Bench) -> None:
    """A user object of any kind dies although its constructor was run and is still held."""
    table = bench.fresh()
    users = Crowd(Thing("held by the check"), *(kind.make() for kind in REFERENCEABLE))
    given = register_all(table, Origin.USER_OBJECT, users.all())
    for index in given:
        written(bench, table, index, "after registrations")
    held = table.constructors()
    users.drop(*range(1, len(users)))
    users.dead(bench, "a user object", f"after it was dropped, with {len(held)} constructors held")


@check("keep.failed-registration", RAISED, DEAD, ALIVE)
def failed_registration(bench: Bench) -> None:
    """A graph-created value that was refused lives until reset, or dies, as the edition says."""
    for carrier, before in product(CARRIERS, (0, 1)):
        table = bench.fresh()
        created = Crowd(*things(before))
        register_all(table, Origin.GRAPH_CREATED, created.all())
        created.drop_all()
        when = f"after registering {carrier.name} as a graph-created object failed"
        content = _refused_with_content(bench, table, carrier, when)
        what = f"what {carrier.name} held"
        if bench.edition == DYNAMO:
            bench.alive([content], what, when)
            table.reset()
            bench.dead(content, what, f"{when}, and reset")
        else:
            bench.dead(content, what, when)
            created.alive(bench, "an example value that was not refused", when)


def _refused_with_content(bench: Bench, table: Driver, carrier: Carrier, when: str) -> Reference:
    content = Thing("content")
    refused(bench, table, Origin.GRAPH_CREATED, carrier.wrap(content), when)
    return weakref.ref(content)
