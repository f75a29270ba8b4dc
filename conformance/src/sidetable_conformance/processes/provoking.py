"""Every error that a table can be made to raise, by what was done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, cast

from sidetable_conformance.bench.registering import SOURCE
from sidetable_conformance.objects.kinds import UNREFERENCEABLE
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.targets.target import Target

NO_ERROR: Final = "no exception"
"""What stands for an operation that returned."""

_Operations = dict[str, Callable[[], object]]


def errors_of(target: Target) -> dict[str, str]:
    """Returns the names of the types of the errors, by what they are about.

    Each comes out of a table of its own, and what operations return is not looked at.
    """
    seen: dict[str, str] = {}
    for power, provoke in _PROVOKING.items():
        if power and power not in target.capabilities:
            continue
        for when in provoke(target.fresh(), Thing("bound")):
            table, bound = target.fresh(), Thing("bound")
            operation = provoke(table, bound)[when]
            seen[when] = _error_of(operation)
            table.reset()
    return seen


def _error_of(operation: Callable[[], object]) -> str:
    try:
        operation()
    except Exception as error:  # noqa: BLE001  # whichever it is
        return type(error).__name__
    return NO_ERROR


def _lookups(table: Driver, bound: Thing) -> _Operations:
    def dead() -> None:
        table.store(Thing("temporary"))
        table.get(0)

    def look(index: object) -> object:
        table.store(bound)
        return table.get(cast("int", index))

    return {
        "a lookup where nothing was ever bound": partial(table.get, 0),
        "a lookup of an index that is not bound": partial(look, 1),
        "a lookup of index -1": partial(look, -1),
        "a lookup of an object that has died": dead,
        **{f"a lookup by {wrong!r}": partial(look, wrong) for wrong in (0.0, "0", None)},
    }


def _bindings(table: Driver, bound: Thing) -> _Operations:
    operations: _Operations = {}
    for kind in UNREFERENCEABLE:
        value = kind.make()
        operations |= {
            f"a store of {kind.name}": partial(table.store, bound, value),
            f"a registration of {kind.name}": partial(table.register_user_object, value, SOURCE),
            f"a registration of {kind.name} that a graph made": partial(
                table.register_graph_created_object, value, print
            ),
        }
    return operations


def _sets(table: Driver, bound: Thing) -> _Operations:
    table.store(bound)
    return {
        "a set of an index that is not bound": partial(table.set, 5, bound),
        **{f"a set of {it.name}": partial(table.set, 0, it.make()) for it in UNREFERENCEABLE},
    }


def _frames(table: Driver, bound: Thing) -> _Operations:
    def left_twice() -> None:
        frame = table.frame(bound)
        with frame:
            pass
        frame.leave()

    def left_out_of_order() -> None:
        outer, inner = table.frame(bound), table.frame(bound)
        outer.__enter__()
        inner.__enter__()
        try:
            outer.leave()
        finally:
            inner.leave()

    return {
        "a frame that is left before it was entered": table.frame(bound).leave,
        "a frame that is left twice": left_twice,
        "a frame that is left out of order": left_out_of_order,
        "a frame of 5": lambda: table.frame(5).__enter__(),
    }


def _snapshots(table: Driver, _: Thing) -> _Operations:
    return {"a snapshot where nothing is bound": table.snapshot}


def _handles(table: Driver, bound: Thing) -> _Operations:
    frame = table.frame(bound)
    with frame:
        handle = frame.handle
    return {
        "a lookup by a handle whose frame has ended": partial(table.resolve, handle, 0),
        "a lookup by a number that is no handle": partial(table.resolve, 1, 0),
    }


_PROVOKING: Final[dict[str, Callable[[Driver, Thing], _Operations]]] = {
    "": lambda table, bound: {**_lookups(table, bound), **_bindings(table, bound)},
    "set": _sets,
    "frames": _frames,
    "snapshots": _snapshots,
    "handles": _handles,
}
