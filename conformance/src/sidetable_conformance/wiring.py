"""Whether a target is wired so that the kit would notice its faults.

Whatever is wired wrong, a requirement fails by it, unless what the target says about itself hides
that: a `collect` that frees nothing, or a `classify` that accepts every error. So the one is tried,
and for the other faults are planted around the target, which the kit has to notice.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple

from sidetable_conformance.bench import COLLECTIONS, Bench, canary, collector_off
from sidetable_conformance.driver import SIDETABLE, Driver, Target
from sidetable_conformance.errors import KitError, TargetError
from sidetable_conformance.objects import Thing, describe_error, things
from sidetable_conformance.registering import Origin, indices, register
from sidetable_conformance.rules import RULES


def check_wiring(target: Target, edition: str) -> None:
    """Check that the way a target is wired hides none of its faults.

    Raises:
        TargetError: If its `collect()` frees nothing although the interpreter's does, or the kit
            does not notice a fault that was planted around the target.
    """
    check_collect(target)
    for fault in plant(target, edition):
        if not fault.noticed:
            raise TargetError(target.name, f"the kit cannot see its faults: {fault.complaint}")


def check_collect(target: Target) -> None:
    """Check that the target's own way to collect frees what nothing holds."""
    if target.claims.own_collect is None:
        return
    # What the interpreter lets go by itself would be taken for the target's doing.
    with collector_off():
        reference = canary()
        for _ in range(COLLECTIONS):
            target.claims.collect()
        held = reference() is not None
        gc.collect()
    if held and reference() is None:
        raise TargetError(target.name, "its collect() frees nothing, so no death would be seen")


_STRAYS: Final = (
    ("get", "lookup.unregistered-is-error", "a lookup raised an error that is not a lookup's"),
    ("store", "store.not-weak-referenceable", "a refused store raised some other error"),
)
"""Which operation raises a stray error, who has to notice, and what is wrong then."""


class Planted(NamedTuple):
    """A fault that was planted: who has to notice, what was wrong, and whether it was noticed."""

    id: str
    what: str
    noticed: bool

    @property
    def complaint(self) -> str:
        """What is to be said where it was missed."""
        return f"{self.id} did not notice that {self.what}; check how classify is wired"


def plant(target: Target, edition: str) -> Iterator[Planted]:
    """Plant one fault after another around a target, and yield what came of each."""
    for operation, id_, what in _STRAYS:
        yield Planted(id_, what, _is_noticed(target, edition, operation, id_))


def _is_noticed(target: Target, edition: str, operation: str, id_: str) -> bool:
    # Its tables are got through a bench, which resets them: a live one would not be fresh.
    behind = Bench(target, edition)
    around = target.around(lambda: _Around(behind.fresh(), operation), SIDETABLE)
    front = Bench(around, edition)
    try:
        RULES[id_].function(front)
    except KitError:
        raise
    except TargetError as error:
        # A live table's own reset, called for a fresh one, is no failure of a factory.
        if error.__cause__ is None or isinstance(error.__cause__, TargetError):
            raise
        return True
    except (Exception, SystemExit):  # noqa: BLE001  # a failure, or out of the target: it is red
        return True
    finally:
        front.clear()
        behind.clear()
    return False


class _Around:
    """The operations of a target's table, of which one raises a stray error in place of its own."""

    def __init__(self, table: Driver, operation: str) -> None:
        self._table: Final = table
        self._operation: Final = operation

    def __getattr__(self, name: str) -> Any:  # whatever the table has
        found = getattr(self._table, name)
        return partial(_stray, found) if name == self._operation else found


def _stray(operation: Callable[..., object], *given: object) -> object:
    with suppress(Exception):
        return operation(*given)
    raise RuntimeError("stray")


_USER, _MADE = Origin
_WORKS: Final[Mapping[str, Callable[[Bench, Driver, Thing, Thing], object]]] = {
    "register_user_object": lambda _, it, one, __: it.get(register(it, _USER, one)) is one,
    "register_graph_created_object": lambda _, it, one, __: it.get(register(it, _MADE, one)) is one,
    "has_user_objects": lambda _, it, one, __: [register(it, _USER, one), it.present()][-1],
    "constructors": lambda _, it, one, __: [register(it, _USER, one), *indices(it)][1:] == [0],
    "store": lambda _, it, one, two: [it.store(one, two), it.get(1)][-1] is two,
    "get": lambda bench, it, _, __: not bench.finds(it, [0]),
    "set": lambda _, it, one, two: [it.store(one), it.set(0, two), it.get(0)][-1] is two,  # type: ignore[func-returns-value]  # it is done before
    "reset": lambda _, it, one, __: not [register(it, _USER, one), it.reset(), *indices(it)][2:],  # type: ignore[func-returns-value]  # as above
}
"""What shows that an operation works, by its name."""


def drive(target: Target, edition: str) -> Iterator[str]:
    """Use each operation of a target in the plainest way, and yield its name when it has worked."""
    for operation, shows in _WORKS.items():
        if operation == "set" and "set" not in target.capabilities:
            continue
        bench = Bench(target, edition)
        try:
            works = shows(bench, bench.fresh(), *things(2))
            seen = "" if works else "it does not do the plainest thing that it is for"
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a stranger raises
            seen = describe_error(error)
        finally:
            bench.clear()
        if seen:
            raise TargetError(target.name, f"{operation} does not work: {seen}")
        yield operation
