"""What goes on in other threads, tasks, greenlets and forked children, judged in the check's own.

A check requires facts in its own thread only, where its places are known. Elsewhere it only looks.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import select
import signal
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from contextvars import Context
from functools import partial
from importlib import import_module
from typing import Any, Final, Generic, NoReturn, TypeAlias, TypeVar, final

from sidetable_conformance.errors import (
    CouldNotRun,
    KitError,
    NotTestable,
    RequirementFailed,
    TargetError,
)
from sidetable_conformance.objects import describe_error

# --- Threads are started here, where they can be -------------------------------------------------


def start(thread: threading.Thread) -> None:
    """Start a thread, or raise NotTestable where none can be started, as in a browser."""
    try:
        thread.start()
    except RuntimeError as error:
        raise NotTestable(f"it needs a thread: {error}") from error


# --- What goes on in other threads and tasks, and what is seen there, judged in the check's own ---

BOUND: Final = 60.0
"""For how many seconds threads are waited for. A miss is no verdict: the check could not run."""

PARTS: Final = 60
"""In how many parts a wait is cut."""

_T = TypeVar("_T")
Meet: TypeAlias = Callable[[], object]
"""Returns when all have called it."""

MeetTasks: TypeAlias = Callable[[], Awaitable[object]]
"""The same among tasks."""


def waited(wait: Callable[[float], object], seconds: float) -> bool:
    """Return whether a wait, which gets how long it may take, ended well within some seconds.

    It is made in parts: a process that stood still for a minute has used up one of them, no more.
    """
    return any(wait(seconds / PARTS) for _ in range(PARTS))


@final
class Seen:
    """The results of lookups at one moment and place; the bench can look into it like a table.

    Holds what they found.
    """

    def __init__(self, get: Callable[[int], object], indices: Iterable[int]) -> None:
        self._found: Final[dict[int, object]] = {}
        self._errors: Final[dict[int, Exception]] = {}
        for index in indices:
            try:
                self._found[index] = get(index)
            except Exception as error:  # noqa: BLE001  # it is raised again where it is judged
                # Its traceback would hold what the lookup had in its hands.
                self._errors[index] = error.with_traceback(None)

    def get(self, index: int, /) -> object:
        """Return what the lookup of an index returned, or raise what it raised."""
        if index in self._errors:
            raise self._errors[index].with_traceback(None)
        return self._found[index]


def elsewhere(body: Callable[[], _T]) -> _T:
    """Run a function in a new thread, in an empty context."""
    return at_once([lambda _: body()])[0]


def at_once(bodies: Iterable[Callable[[Meet], _T]], bound: float = BOUND) -> list[_T]:
    """Run functions in one thread each, in an empty context, and return what each returned.

    Each gets a function that waits for the others, and must call it as often as they do.
    """
    bodies = tuple(bodies)
    barrier = threading.Barrier(len(bodies))
    running = [_Running(partial(body, barrier.wait), barrier.abort) for body in bodies]
    all_ended = all(waited(each.ended, bound) for each in running)
    barrier.abort()
    errors = [each.error for each in running if each.error is not None]
    for error in errors:
        if not isinstance(error, threading.BrokenBarrierError):
            raise error
    if errors or not all_ended:
        raise CouldNotRun(f"{len(bodies)} threads at once", bound)
    return [each.returned[0] for each in running]


@final
class _Running(Generic[_T]):
    def __init__(self, body: Callable[[], _T], give_up: Callable[[], object]) -> None:
        self.returned: Final[list[_T]] = []
        self.error: BaseException | None = None
        # From Python 3.14 on a thread may begin with a copy of the context that starts it.
        self.thread: Final = threading.Thread(
            target=Context().run, args=(self._run, body, give_up), daemon=True
        )
        try:
            start(self.thread)
        except NotTestable:
            give_up()  # those that did start wait for this one
            raise

    def ended(self, seconds: float) -> bool:
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def _run(self, body: Callable[[], _T], give_up: Callable[[], object]) -> None:
        try:
            self.returned.append(body())
        except BaseException as error:  # noqa: BLE001  # it is raised again where it is judged
            self.error = error
            give_up()


def interleaved(bodies: Iterable[Callable[[MeetTasks], Awaitable[_T]]]) -> list[_T]:
    """Run coroutines in asyncio tasks of one thread, in the same way."""
    _require_a_loop()
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(_gathered(tuple(bodies)))


def _require_a_loop() -> None:
    loop, nothing = asyncio.new_event_loop(), asyncio.sleep(0)
    try:
        loop.run_until_complete(nothing)
    except RuntimeError as error:
        nothing.close()
        raise NotTestable(f"it needs an event loop: {error}") from error
    finally:
        loop.close()


async def _gathered(bodies: tuple[Callable[[MeetTasks], Awaitable[_T]], ...]) -> list[_T]:
    barrier = asyncio.Barrier(len(bodies))

    async def run(body: Callable[[MeetTasks], Awaitable[_T]]) -> _T:
        try:
            return await body(barrier.wait)
        except BaseException:
            await barrier.abort()
            raise

    outcomes = await asyncio.gather(*map(run, bodies), return_exceptions=True)
    failed = [each for each in outcomes if isinstance(each, BaseException)]
    failed.sort(key=lambda error: isinstance(error, asyncio.BrokenBarrierError))
    if failed:
        raise failed[0]
    return [each for each in outcomes if not isinstance(each, BaseException)]


# --- Greenlets that take turns in one thread; needs the package greenlet, the extra `greenlets` ---


def in_greenlets(bodies: Iterable[Callable[[Meet], _T]]) -> list[_T]:
    """Run functions in greenlets of this thread, in the same way."""
    package = _package()
    meet = package.getcurrent().switch
    running = [package.greenlet(body) for body in bodies]
    returned: list[Any] = [each.switch(meet) for each in running]
    while not all(each.dead for each in running):
        for number, each in enumerate(running):
            if not each.dead:
                returned[number] = each.switch()
    return returned


def _package() -> Any:  # it has no types
    # Nothing else of the kit needs it, and importing it changes how threads end.
    try:
        return import_module("greenlet")
    except ImportError:
        raise NotTestable(
            "it needs greenlet: pip install 'sidetable-conformance[greenlets]'"
        ) from None


# --- Runs something in a forked child, and brings back what it says ------------------------------

WHEN: Final = "in a forked child"
_RAISED: Final = (KeyboardInterrupt, KitError, NotTestable, RequirementFailed, TargetError)
Wait: TypeAlias = Callable[[], object]
"""Lets a child wait until its parent is ready."""

Body: TypeAlias = Callable[[Wait], list[str]]
"""What a child does, and says."""


def forked(body: Body, meanwhile: Callable[[], object], bound: float = BOUND) -> list[str]:
    """Fork, do something before the child may go on from its first wait, and return what it says.

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
    as it takes, as the function would be. If it crashes, `RequirementFailed` is raised.
    """
    try:
        return _forked(function)
    except _NotForkedError:
        return function()


class _NotForkedError(Exception):
    """There is no child."""


def _forked(
    function: Callable[[], _T], meanwhile: Callable[[], object] = bool, bound: float | None = None
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
    def said_something(seconds: float | None) -> bool:
        return bool(select.select([said], [], [], seconds)[0])

    text = b""
    while said_something(None) if bound is None else waited(said_something, bound):
        part = os.read(said, 4096)
        if not part:
            return text
        text += part
    raise CouldNotRun("a forked child", bound or 0)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # whatever stands there
            stream.flush()
