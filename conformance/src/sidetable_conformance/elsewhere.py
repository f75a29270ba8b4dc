"""Running code in other threads, tasks and greenlets, judged in the check's own thread.

A check requires facts in its own thread only, where its places are known. Elsewhere it only looks.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextvars import Context
from functools import partial
from importlib import import_module
from typing import Any, Final, Generic, TypeAlias, TypeVar, final

from sidetable_conformance.errors import CouldNotRun, NotTestable

# --- Threads are started here, where they can be -------------------------------------------------


def start(thread: threading.Thread) -> None:
    """Start a thread.

    Raises:
        NotTestable: If none can be started, as in a browser.

    Example:
        >>> said = []
        >>> thread = threading.Thread(target=said.append, args=("here",))
        >>> start(thread)
        >>> thread.join()
        >>> said
        ['here']
    """
    try:
        thread.start()
    except RuntimeError as error:
        raise NotTestable(f"it needs a thread: {error}") from error


# --- What goes on in other threads and tasks, and what is seen there, judged in the check's own ---


BOUND: Final = 60.0
"""For how many seconds threads are waited for. A miss is no verdict: the check could not run."""

_T = TypeVar("_T")
Meet: TypeAlias = Callable[[], object]
"""Returns when all have called it."""

MeetTasks: TypeAlias = Callable[[], Awaitable[object]]
"""The same among tasks."""


@final
class Seen:
    """The results of lookups at one moment and place; the bench can look into it like a table.

    Holds what they found.

    Args:
        get: Looks an index up.
        indices: Where to look.

    Example:
        >>> seen = Seen(["a"].__getitem__, [0, 1])
        >>> seen.get(0)
        'a'
        >>> seen.get(1)
        Traceback (most recent call last):
        IndexError: list index out of range
    """

    __slots__ = ("_errors", "_found")

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
    """Run a function in a new thread, in an empty context.

    Raises:
        NotTestable: If no thread can be started.

    Example:
        >>> elsewhere(threading.get_ident) == threading.get_ident()
        False
    """
    return at_once([lambda _: body()])[0]


def at_once(bodies: Iterable[Callable[[Meet], _T]], bound: float = BOUND) -> list[_T]:
    """Run functions in one thread each, in an empty context.

    Args:
        bodies: Each gets a function that waits for the others, and must call it as often as they
            do.
        bound: How many seconds to wait for them.

    Returns:
        What each returned, in their order.

    Raises:
        NotTestable: If no more threads can be started.
        CouldNotRun: If they do not come back.

    Example:
        >>> sorted(at_once([lambda meet: meet(), lambda meet: meet()]))
        [0, 1]
    """
    bodies = tuple(bodies)
    barrier = threading.Barrier(len(bodies), timeout=bound)
    running = [_Running(partial(body, barrier.wait), barrier.abort) for body in bodies]
    for each in running:
        each.thread.join(bound)
    errors = [each.error for each in running if each.error is not None]
    for error in errors:
        if not isinstance(error, threading.BrokenBarrierError):
            raise error
    if errors or any(each.thread.is_alive() for each in running):
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

    def _run(self, body: Callable[[], _T], give_up: Callable[[], object]) -> None:
        try:
            self.returned.append(body())
        except BaseException as error:  # noqa: BLE001  # it is raised again where it is judged
            self.error = error
            give_up()


def interleaved(bodies: Iterable[Callable[[MeetTasks], Awaitable[_T]]]) -> list[_T]:
    """Run coroutines in asyncio tasks of one thread, which take turns.

    Args:
        bodies: Each gets a function that waits for the others, and must call it as often as they
            do.

    Returns:
        What each returned, in their order.

    Raises:
        NotTestable: If this thread cannot run an event loop of its own.
    """
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
    """Run functions in greenlets of this thread, which take turns.

    Args:
        bodies: Each gets a function that waits for the others.

    Returns:
        What each returned, in their order.

    Raises:
        NotTestable: If the package greenlet is not installed.

    Example:
        >>> from functools import partial
        >>> said = []
        >>> def body(word, meet):
        ...     said.append(word)
        ...     meet()
        ...     said.append(word.upper())
        >>> in_greenlets([partial(body, "a"), partial(body, "b")])
        [None, None]
        >>> said
        ['a', 'b', 'A', 'B']
    """
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
