"""Whether a target is wired so that the kit would notice its faults.

Each operation is used once, and small faults are planted around the target. If the kit misses one,
the target is wired wrong, and its verdicts would mean nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias

from sidetable_conformance.bench import COLLECTIONS, Bench, canary
from sidetable_conformance.driver import SIDETABLE, Driver, Target
from sidetable_conformance.errors import KitError, NotTestable, TargetError
from sidetable_conformance.objects import Thing, describe_error, things
from sidetable_conformance.registering import Origin, indices, register
from sidetable_conformance.rules import RULES

_Held: TypeAlias = list[Any]  # whatever a planted fault keeps
_Given: TypeAlias = tuple[Any, ...]  # whatever an operation was called with
_Fault: TypeAlias = Callable[[Driver, _Held, _Given], object]

_FAULTS: Final[Sequence[tuple[str, str, str, _Fault]]] = (
    ("register_user_object", "every user object got index 0", "index.dense-from-zero",
     lambda table, _, given: table.register_user_object(*given) * 0),
    ("register_graph_created_object", "every graph-created object got index 0",
     "index.dense-from-zero",
     lambda table, _, given: table.register_graph_created_object(*given) * 0),
    ("register_user_object", "an object was accepted that cannot be weakly referenced",
     "weakref.user-object",
     lambda table, _, given: _or(0, table.register_user_object, *given)),
    ("register_user_object", "a registration kept its user object alive",
     "keep.user-object-not-kept",
     lambda table, held, given: table.register_user_object(*_kept(held, given))),
    ("has_user_objects", "nothing ever seemed to be registered", "present.after-user-object",
     lambda _table, _held, _given: False),
    ("get", "a lookup gave another object", "lookup.trace-time",
     lambda table, _, given: table.get(*given) and Thing("another object")),
    ("get", "a lookup that finds nothing returned None", "lookup.unregistered-is-error",
     lambda table, _, given: _or(None, table.get, *given)),
    ("classify", "a lookup that finds nothing raised an error that is not a lookup's",
     "lookup.unregistered-is-error",
     lambda table, _, given: _or(RuntimeError("stray"), table.get, *given)),
    ("store", "a store did nothing", "store.position-is-index", lambda _table, _held, _given: None),
    ("store", "a store left what it had no new object for", "store.replaces-all",
     lambda table, held, given: table.store(*_over(held, given))),
    ("store", "a store kept its objects alive", "store.holds-weakly",
     lambda table, held, given: table.store(*_kept(held, given))),
    ("constructors", "there were no constructors", "constructor.in-index-order",
     lambda _table, _held, _given: {}),
    ("constructors", "constructors wrote nothing", "constructor.user-object",
     lambda table, _held, _given: dict.fromkeys(dict(table.constructors()), _silent)),
    ("reset", "reset did nothing", "reset.forgets-everything", lambda _table, _held, _given: None),
    ("set", "a set did nothing", "set.replaces-one", lambda _table, _held, _given: None),
)  # fmt: skip
"""The operation that is done wrong, what is wrong, who has to notice, and how it is done."""


def _or(otherwise: object, operation: Callable[..., object], *given: object) -> object:
    with suppress(Exception):
        return operation(*given)
    if isinstance(otherwise, Exception):
        raise otherwise
    return otherwise


def _silent(_: object) -> None:
    """Write nothing."""


def _kept(held: _Held, given: _Given) -> _Given:
    held.append(given)
    return given


def _over(held: _Held, given: _Given) -> _Held:
    held[: len(given)] = given
    return held


class _Around:
    """A table of the target's, of which one operation is done wrong."""

    def __init__(self, table: Driver, operation: str, fault: _Fault) -> None:
        self._table: Final = table
        # A wrong classification shows in what a lookup raises.
        self._wrong: Final = "get" if operation == "classify" else operation
        self._fault: Final = fault
        self._held: Final[_Held] = []

    def __getattr__(self, name: str) -> Any:  # whatever the table has
        if name == "constructors":  # a container, not an operation
            return self._do_wrong() if name == self._wrong else dict(self._table.constructors())
        return self._do_wrong if name == self._wrong else getattr(self._table, name)

    def _do_wrong(self, *given: Any) -> object:  # as above
        return self._fault(self._table, self._held, given)


class Planted(NamedTuple):
    """A fault that was planted: what was wrong, in which operation, who has to notice, and who did.

    `noticed` is None if that cannot be seen on this interpreter.
    """

    what: str
    operation: str
    id: str
    noticed: bool | None

    @property
    def complaint(self) -> str:
        """What is to be said where it was missed."""
        return f"{self.id} did not notice that {self.what}; check how {self.operation} is wired"


def check_wiring(target: Target, edition: str) -> None:
    """Check that the way a target is wired hides none of its faults.

    Raises:
        TargetError: If its `collect()` frees nothing although the interpreter's does, or the kit
            does not notice a fault that was planted around the target.
    """
    check_collect(target)
    for fault in plant(target, edition):
        if fault.noticed is False:
            raise TargetError(target.name, f"the kit cannot see its faults: {fault.complaint}")


def check_collect(target: Target) -> None:
    """Check that the target's own way to collect frees what nothing holds."""
    if target.claims.own_collect is None:
        return
    by_itself = gc.isenabled()
    gc.disable()  # what the interpreter lets go by itself would be taken for the target's doing
    try:
        reference = canary()
        for _ in range(COLLECTIONS):
            target.claims.collect()
        held = reference() is not None
        gc.collect()
    finally:
        if by_itself:
            gc.enable()
    if held and reference() is None:
        raise TargetError(target.name, "its collect() frees nothing, so no death would be seen")


def plant(target: Target, edition: str) -> Iterator[Planted]:
    """Plant one fault after another around a target, and yield what came of each."""
    for operation, what, id_, fault in _FAULTS:
        if operation != "set" or "set" in target.capabilities:
            yield Planted(what, operation, id_, _is_noticed(target, edition, operation, fault, id_))


def _is_noticed(
    target: Target, edition: str, operation: str, fault: _Fault, id_: str
) -> bool | None:
    # Its tables are got through a bench, which resets them: a wrapper may not pass a reset on.
    behind = Bench(target, edition)
    around = target.around(lambda: _Around(behind.fresh(), operation, fault), SIDETABLE)
    front = Bench(around, edition)
    try:
        RULES[id_].function(front)
    except NotTestable:
        return None
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


def drive(target: Target, edition: str) -> Iterator[str]:
    """Use each operation of a target in the plainest way, and yield its name when it has worked."""
    for operation, works in _WORKS.items():
        if operation == "set" and "set" not in target.capabilities:
            continue
        bench = Bench(target, edition)
        seen = "it does not do the plainest thing that it is for"
        try:
            if works(bench.fresh(), *things(2)):
                seen = ""
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a stranger raises
            seen = describe_error(error)
        finally:
            bench.clear()
        if seen:
            raise TargetError(target.name, f"{operation} does not work: {seen}")
        yield operation


def _last(*done: object) -> object:
    return done[-1]


_USER, _MADE = Origin
_WORKS: Final[dict[str, Callable[[Driver, Thing, Thing], object]]] = {
    "register_user_object": lambda table, one, _: table.get(register(table, _USER, one)) is one,
    "register_graph_created_object": lambda table, one, _: (
        table.get(register(table, _MADE, one)) is one
    ),
    "has_user_objects": lambda table, one, _: _last(register(table, _USER, one), table.present()),
    "constructors": lambda table, one, _: _last(register(table, _USER, one), indices(table)) == [0],
    "store": lambda table, one, two: _last(table.store(one, two), table.get(1)) is two,
    "get": lambda table, _one, _two: _or("an error", table.get, 0) == "an error",
    "set": lambda table, one, two: _last(table.store(one), table.set(0, two), table.get(0)) is two,  # type: ignore[func-returns-value]  # it is done before
    "reset": lambda table, one, _: (
        _last(register(table, _USER, one), table.reset(), indices(table)) == []  # type: ignore[func-returns-value]  # as above
    ),
}
"""What shows that an operation works, by its name."""
