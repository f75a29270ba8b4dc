"""Several threads at once."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from .case import Case
from .scaling import Compiled, Scale, compiled, one, ones, plus_one, two
from .tally import Tally


@contextmanager
def often_switching() -> Generator[None]:
    """Lets threads take turns as often as Python can."""
    found = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(found)


def at_once(*bodies: Callable[[Tally], None], tally: Tally) -> None:
    """Runs bodies on threads of their own, and adds up what they count."""
    tallies = [Tally() for _ in bodies]
    barrier = threading.Barrier(len(bodies))

    def run(body: Callable[[Tally], None], own: Tally) -> None:
        barrier.wait()
        body(own)

    threads = [
        threading.Thread(target=run, args=pair) for pair in zip(bodies, tallies, strict=True)
    ]
    with often_switching():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for own in tallies:
        tally.add(own)


def pause() -> None:
    """Lets another thread run, as a module does that waits for something."""
    time.sleep(0.0005)


def calling(function: Compiled, *modules: Scale, times: int) -> Callable[[Tally], None]:
    """Returns what calls a compiled function often, each time with the same modules."""
    x = ones()
    expected = 1.0
    for module in modules:
        expected *= module.factor

    def body(tally: Tally) -> None:
        for _ in range(times):
            tally.expect(expected, lambda: function(x, *modules))

    return body


def pausing(first: float, second: float) -> tuple[Scale, Scale]:
    """Returns two modules, the first of which pauses when it is used."""
    return Scale(first, pause), Scale(second)


def _one_function(backend: str, tally: Tally, *, threads: int, times: int) -> None:
    function = compiled(two, backend)
    modules = [pausing(float(factor), float(factor)) for factor in range(2, 2 + threads)]
    for pair in modules:  # PyTorch compiles anew for each module
        function(ones(), *pair)
    at_once(*(calling(function, *pair, times=times) for pair in modules), tally=tally)


def _two_threads(backend: str, tally: Tally) -> None:
    _one_function(backend, tally, threads=2, times=20)


def _eight_threads(backend: str, tally: Tally) -> None:
    _one_function(backend, tally, threads=8, times=10)


def _two_functions(backend: str, tally: Tally) -> None:
    first, second = compiled(one, backend), compiled(two, backend)
    a, (b, c) = Scale(2.0, pause), pausing(3.0, 5.0)
    first(ones(), a)
    second(ones(), b, c)
    bodies = calling(first, a, times=40), calling(second, b, c, times=30)
    at_once(*bodies, tally=tally)


def _compiling_while_running(backend: str, tally: Tally) -> None:
    """One thread runs a compiled function, and another compiles others meanwhile."""
    warm, modules = compiled(two, backend), pausing(2.0, 3.0)
    warm(ones(), *modules)
    is_over = threading.Event()

    def compiling(own: Tally) -> None:
        for number in range(3, 7):
            other = Scale(float(number))
            own.expect(other.factor, lambda: compiled(one, backend)(ones(), other))  # noqa: B023
        is_over.set()

    def running(own: Tally) -> None:
        while not is_over.is_set():
            own.expect(6.0, lambda: warm(ones(), *modules))

    at_once(compiling, running, tally=tally)


def _unrelated_compile(backend: str, tally: Tally) -> None:
    """A thread compiles something else just while another one's graph runs."""

    def elsewhere() -> None:
        plain = compiled(plus_one, backend)
        thread = threading.Thread(target=plain, args=(ones(),))
        thread.start()
        thread.join()

    function, first, second = compiled(two, backend), Scale(2.0), Scale(3.0)
    function(ones(), first, second)
    first.action = elsewhere
    for _ in range(3):
        tally.expect(6.0, lambda: function(ones(), first, second))


def _four_compile(backend: str, tally: Tally) -> None:
    """Four threads each compile a function of their own, and call it."""
    have_compiled = threading.Barrier(4)

    def body(number: int) -> Callable[[Tally], None]:
        modules = pausing(float(number), 7.0 - number)

        def run(own: Tally) -> None:
            function = compiled(two, backend)
            calling(function, *modules, times=2)(own)
            have_compiled.wait()
            calling(function, *modules, times=8)(own)

        return run

    at_once(*map(body, range(2, 6)), tally=tally)


CASES: Final = (
    Case("two threads, one function", _two_threads),
    Case("eight threads, one function", _eight_threads),
    Case("two threads, two functions", _two_functions),
    Case("one thread compiles while another runs", _compiling_while_running),
    Case("a thread compiles something else while a graph runs", _unrelated_compile),
    Case("four threads compile and run functions of their own", _four_compile),
)
