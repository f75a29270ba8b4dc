"""Forked children, and other interpreters in which asserts are left out."""

from __future__ import annotations

import base64
import json
import os
import pickle
import select
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, NoReturn, TypeAlias, TypeVar, cast

from sidetable_conformance.driver import Driver
from sidetable_conformance.elsewhere import BOUND
from sidetable_conformance.errors import (
    CouldNotRun,
    KitError,
    NotTestable,
    RequirementFailed,
    TargetError,
)
from sidetable_conformance.objects import UNREFERENCEABLE, Thing, describe_error
from sidetable_conformance.registering import SOURCE
from sidetable_conformance.target import Target, open_target
from sidetable_source.errors import printable

# --- Runs something in a forked child, and brings back what it says ------------------------------


WHEN: Final = "in a forked child"
_T = TypeVar("_T")
_RAISED: Final = (KeyboardInterrupt, KitError, NotTestable, RequirementFailed, TargetError)
Wait: TypeAlias = Callable[[], object]
"""Lets a child wait until its parent is ready."""

Body: TypeAlias = Callable[[Wait], list[str]]
"""What a child does, and says."""


def forked(body: Body, meanwhile: Callable[[], object], bound: float = BOUND) -> list[str]:
    """Fork, and return what the child says.

    Args:
        body: What the child does.
        meanwhile: What the parent does before the child may go on from its first wait.
        bound: For how many seconds the child is waited for.

    Raises:
        NotTestable: If this process cannot fork.
        CouldNotRun: If the child does not end.
        RequirementFailed: If it crashes, or raises.
    """
    ready, be_ready = os.pipe()

    def let_go() -> None:
        meanwhile()
        os.write(be_ready, b".")

    try:
        return _forked(lambda: body(lambda: os.read(ready, 1)), let_go, bound)
    except _NotForkedError as error:
        raise NotTestable(str(error)) from error
    finally:
        os.close(ready)
        os.close(be_ready)


def in_child(function: Callable[[], _T]) -> _T:
    """Return what a function returns in a forked child, which leaves this process as it is.

    Where none can be forked, the function is called in this process. A child is waited for as long
    as it takes, as the function would be.

    Raises:
        RequirementFailed: If the child crashes.
    """
    try:
        return _forked(function)
    except _NotForkedError:
        return function()


class _NotForkedError(Exception):
    """There is no child."""


def _forked(
    function: Callable[[], _T],
    meanwhile: Callable[[], object] = bool,
    bound: float | None = None,
) -> _T:
    """Return what a function returns in a forked child, or raise what it raises there.

    The child leaves by `os._exit`, so nothing that the process has planned for its end happens
    twice.
    """
    if not hasattr(os, "fork"):
        raise _NotForkedError("this platform has no os.fork")
    _flush()
    said, say = os.pipe()
    try:
        child = _fork()
    except OSError as error:
        os.close(said)
        os.close(say)
        raise _NotForkedError(f"this process cannot fork: {describe_error(error)}") from error
    if child == 0:  # pragma: no cover  # what runs in the child is not measured
        _answer(function, say)
    os.close(say)
    try:
        meanwhile()
        answer = _read(said, bound)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(said)
        _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) < 0:
        number = signal.Signals(-os.waitstatus_to_exitcode(status)).name
        raise RequirementFailed(WHEN, "it ends by itself", f"it crashed with {number}")
    returned, raised = pickle.loads(answer)  # noqa: S301  # it is our own
    if raised is not None:
        raise raised
    value: _T = returned
    return value


def _fork() -> int:
    with warnings.catch_warnings():
        # That other threads, of whoever runs the kit, may hold locks: the child takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _answer(function: Callable[[], object], say: int) -> NoReturn:  # pragma: no cover  # as above
    try:
        try:
            answer = pickle.dumps((function(), None))
        except BaseException as error:  # noqa: BLE001  # nothing may get past this
            if not isinstance(error, _RAISED):
                error = RequirementFailed(WHEN, "no exception", describe_error(error))
            answer = pickle.dumps((None, error))
        _flush()
        with os.fdopen(say, "wb") as answers:
            answers.write(answer)
    finally:
        os._exit(0)


def _read(said: int, bound: float | None) -> bytes:
    text = b""
    while select.select([said], [], [], bound)[0]:
        part = os.read(said, 4096)
        if not part:
            return text
        text += part
    raise CouldNotRun("a forked child", bound or 0)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # whatever stands there
            stream.flush()


# --- Every error that a table can be made to raise, by what was done -----------------------------


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


# --- Another interpreter, which leaves out every assert, or none where this one leaves them out ---


LONGEST: Final = 300.0
"""For how many seconds the other interpreter is waited for."""

_BOOT: Final = (
    "import json, sys; asked = json.load(sys.stdin); sys.path[:] = asked['path'];"
    " from sidetable_conformance.processes import answer; answer(asked)"
)


def errors_elsewhere(target: Target) -> dict[str, str]:
    """Return what `errors_of` gives in an interpreter with the other setting.

    Raises:
        NotTestable: If the target cannot be got at there.
        CouldNotRun: If it does not end.
    """
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
