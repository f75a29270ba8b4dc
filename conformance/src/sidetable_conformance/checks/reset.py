"""What reset forgets."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from sidetable_conformance.bench.bench import DEAD, FACT, NOT_FOUND, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.registering import Origin, indices, refused, register, register_all
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.driver import Driver


@check("reset.forgets-everything", NOT_FOUND, RAISED, DEAD, FACT)
def forgets_everything(bench: Bench) -> None:
    """However full the table was, it is as it was when it was fresh."""
    thing = Thing("registered first")
    first = register(bench.fresh(), Origin.USER_OBJECT, thing)
    for stored, failed in product((None, 0, 2, 6), (False, True)):
        table = bench.fresh()
        users, created = things(2), Crowd(*things(2, "created "))
        given = register_all(table, Origin.USER_OBJECT, users)
        given += register_all(table, Origin.GRAPH_CREATED, created.all())
        created.drop_all()
        if failed:
            for origin in Origin:
                refused(bench, table, origin, 5, "registering an int")
        objects = things(stored or 0)
        if stored is not None:
            table.store(*objects)
        table.reset()
        when = f"after reset, with 4 registered and {stored or 'nothing'} stored before"
        created.dead(bench, "an example value", when)
        _empty(bench, table, sorted({*range(7), *given}), when)
        _begins_at(bench, table, first, thing, when)


@check("reset.idempotent", FACT)
def idempotent(bench: Bench) -> None:
    """One more reset, of a table fresh or reset, changes nothing and raises nothing."""
    # What was bound stays alive throughout: were it dead, it could not come back.
    for kept, resets in ((things(0), 0), (things(0), 1), (things(3), 1), (things(3), 2)):
        before = _state(_reset(bench, kept, resets))
        after = _state(_reset(bench, kept, resets + 1))
        when = f"after {resets + 1} resets, with {len(kept)} registered before"
        for fact, was in before.items():
            bench.require(after[fact] == was, when, f"{fact} {was}", after[fact])


def _reset(bench: Bench, kept: list[Thing], resets: int) -> Driver:
    table = bench.fresh()
    register_all(table, Origin.USER_OBJECT, kept)
    table.store(*kept)
    for _ in range(resets):
        table.reset()
    return table


def _state(table: Driver) -> dict[str, str]:
    """Returns what can be seen of a table, and registers one more object to see its index."""
    state = {
        "constructors of": f"{indices(table)}",
        "presence": f"{table.present()}",
    }
    for index in range(4):
        try:
            state[f"index {index} finds"] = describe(table.get(index))
        except Exception:  # noqa: BLE001  # which error it is makes no difference here
            state[f"index {index} finds"] = "nothing"
    state["the next index"] = f"{register(table, Origin.USER_OBJECT, Thing('next'))}"
    return state


def _empty(bench: Bench, table: Driver, places: Iterable[int], when: str) -> None:
    seen = indices(table)
    bench.require(not seen, when, "no constructor", f"constructors of {seen}")
    bench.require(not table.present(), when, "presence is false", "it is true")
    for index in places:
        bench.not_found(table, index, when)


def _begins_at(bench: Bench, table: Driver, first: int, thing: Thing, when: str) -> None:
    index = register(table, Origin.USER_OBJECT, thing)
    bench.require(index == first, when, f"the next index {first}, as when fresh", f"{index}")
