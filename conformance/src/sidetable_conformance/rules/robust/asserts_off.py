"""Every error is of the same type under `python -O`.

Why:
    `python -O` leaves every assert out. PyTorch's table says by asserts that an index was never
    bound and that an object has died; without them, a lookup returns None or fails somewhere else.

Example:
    >>> SideTable().get(0)  # raised by a `raise`, which no option leaves out
    Traceback (most recent call last):
    sidetable_source.errors.NoBindingError: ...

Causes:
    * An error is raised by an `assert`.
    * A condition is checked under `if __debug__`.
"""

import base64
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Final, cast

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.driver import Driver, Target, open_target
from sidetable_conformance.errors import CouldNotRun, NotTestable
from sidetable_conformance.objects import UNREFERENCEABLE, Thing, describe_error
from sidetable_conformance.registering import SOURCE
from sidetable_conformance.rule import ROBUST, Rule
from sidetable_conformance.tables.robust import RobustTable
from sidetable_source.errors import printable

rule: Rule = Rule("robust.asserts-off", ROBUST, needs=("lookup.unregistered-is-error",))


@rule.check(FACT)
def asserts_off(bench: Bench) -> None:
    """Every error that a table can be made to raise, here and in the other interpreter."""
    elsewhere = errors_elsewhere(bench.target)
    for when, error in errors_of(bench.target).items():
        seen = elsewhere.get(when, "nothing of the kind")
        bench.require(seen == error, f"{when}, with asserts on and off", error, seen)


# --- every error that a table can be made to raise, by what was done ------------------------------

NO_ERROR: Final = "no exception"
"""What stands for an operation that returned."""

_Operations = dict[str, Callable[[], object]]


def errors_of(target: Target) -> dict[str, str]:
    """Return the names of the types of the errors, by what they are about.

    Each comes out of a table of its own, and what operations return is not looked at.
    """
    seen: dict[str, str] = {}
    for power, provoke in _PROVOKING.items():
        if power and power not in target.capabilities:
            continue
        for when in provoke(target.fresh(), Thing("bound")):
            table, bound = target.fresh(), Thing("bound")
            operation = provoke(table, bound)[when]
            seen[when] = NO_ERROR
            try:
                operation()
            except Exception as error:  # noqa: BLE001  # whichever it is
                seen[when] = type(error).__name__
            table.reset()
    return seen


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
    "snapshots": lambda table, _: {"a snapshot where nothing is bound": table.snapshot},
    "handles": _handles,
}


# --- another interpreter, which leaves out every assert, or none where this one leaves them out ---

LONGEST: Final = 300.0
"""For how many seconds the other interpreter is waited for."""

_BOOT: Final = (
    "import json, sys; asked = json.load(sys.stdin); sys.path[:] = asked['path'];"
    " from sidetable_conformance.rules.robust.asserts_off import answer; answer(asked)"
)


def errors_elsewhere(target: Target) -> dict[str, str]:
    """Return what `errors_of` gives in an interpreter with the other setting."""
    asked = {
        "path": sys.path,
        "target": target.path,
        "pickled": "" if target.path else _pickled(target.given),
        "without": sorted(target.claims.without),
    }
    flags = [] if sys.flags.optimize else ["-O"]
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONOPTIMIZE"}
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, and text of ours
            [sys.executable, *flags, "-c", _BOOT],
            input=json.dumps(asked),
            capture_output=True,
            encoding="utf-8",
            env=environment,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise CouldNotRun("another interpreter", LONGEST) from late
    except OSError as error:
        raise NotTestable(f"another interpreter: {describe_error(error)}") from error
    if done.returncode:
        last = printable(done.stderr.strip().rpartition("\n")[2], 200)
        raise NotTestable(f"python {' '.join(flags)} cannot import or unpickle it: {last}")
    answered: dict[str, str] = json.loads(done.stdout.rpartition("\n")[2])
    return answered


def answer(asked: dict[str, str]) -> None:
    """Print, in the other interpreter, what was asked for."""
    given = asked["target"] or pickle.loads(base64.b64decode(asked["pickled"]))  # noqa: S301
    target = open_target(given, without=asked["without"])
    sys.stdout.write("\n" + json.dumps(errors_of(target)))


def _pickled(given: object) -> str:
    try:
        return base64.b64encode(pickle.dumps(given)).decode("ascii")
    except Exception as error:  # whatever a stranger's object raises
        reason = "another process can neither import it by name nor unpickle it"
        raise NotTestable(f"{reason}: {describe_error(error)}") from error


# Faulty tables, which the check has to notice.


@rule.fault
class RaisesByAnAssert(RobustTable):
    """That an index was never bound is said by an assert, without which the lookup goes on."""

    def _never_bound(self, index: int) -> object:
        if __debug__:
            return super()._never_bound(index)
        raise KeyError(index)
