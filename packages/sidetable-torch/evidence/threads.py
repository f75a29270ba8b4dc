"""Calls that take turns: threads, greenlets, asyncio tasks, and a server of several models."""

from __future__ import annotations

import asyncio
import math
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Final, TypeAlias

import torch
from torch._dynamo import config

from case import BACKENDS, NO_LEAF, Case, Tally
from scaling import Compiled, Scale, compiled, one, ones, plus_one, scaled, two

_NO_GREENLETS: Final[dict[str, str]] = (
    {}
    if find_spec("greenlet")
    else dict.fromkeys(BACKENDS, "the package greenlet is not installed")
)


Body: TypeAlias = Callable[[Tally], None]
"""What a thread runs, and counts."""


@contextmanager
def often_switching() -> Generator[None]:
    """Let threads take turns as often as Python can."""
    found = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(found)


def together(*bodies: Body, tally: Tally) -> None:
    """Run bodies on threads of their own, and add up what they count."""
    tallies = [Tally() for _ in bodies]
    barrier = threading.Barrier(len(bodies))

    def run(body: Body, own: Tally) -> None:
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
    """Let another thread run, as a module does that waits for something."""
    time.sleep(0.0005)


def calling(function: Compiled, *modules: Scale, times: int) -> Body:
    """Return what calls a compiled function often, each time with the same modules."""
    x = ones()
    expected = math.prod(module.factor for module in modules)

    def body(tally: Tally) -> None:
        for _ in range(times):
            tally.expect(expected, lambda: function(x, *modules))

    return body


def pausing(first: float, second: float) -> tuple[Scale, Scale]:
    """Return two modules, the first of which pauses when it is used."""
    return Scale(first, pause), Scale(second)


def _one_function(backend: str, tally: Tally, *, threads: int, times: int) -> None:
    function = compiled(two, backend)
    modules = [pausing(float(factor), float(factor)) for factor in range(2, 2 + threads)]
    for pair in modules:  # PyTorch compiles anew for each module
        function(ones(), *pair)
    together(*(calling(function, *pair, times=times) for pair in modules), tally=tally)


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
    together(*bodies, tally=tally)


def _compiling_while_running(backend: str, tally: Tally) -> None:
    """One thread runs a compiled function, and another compiles others meanwhile.

    Until torch 2.12 a call of a compiled function is refused while any thread traces.
    """
    refusal = RuntimeError, "Detected that you are using FX to symbolically trace"
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
            own.expect(6.0, lambda: warm(ones(), *modules), refusal=refusal)

    together(compiling, running, tally=tally)


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

    def body(number: int) -> Body:
        modules = pausing(float(number), 7.0 - number)

        def run(own: Tally) -> None:
            function = compiled(two, backend)
            calling(function, *modules, times=2)(own)
            have_compiled.wait()
            calling(function, *modules, times=8)(own)

        return run

    together(*map(body, range(2, 6)), tally=tally)


# --- a server ------------------------------------------------------------------------------

_LAYERS: Final = 12
_WIDTH: Final = 16
_SERVING: Final = 4
_CALLS: Final = 400


class _Layer(torch.nn.Module):
    """A layer of a transformer, with a module that stays opaque: its own, of no other layer."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.scale = Scale(factor)
        self.attend = torch.nn.Linear(_WIDTH, _WIDTH)
        self.widen = torch.nn.Linear(_WIDTH, 4 * _WIDTH)
        self.narrow = torch.nn.Linear(4 * _WIDTH, _WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = scaled(self.scale, self.attend(x))[0]
        weights = torch.softmax(seen @ seen.mT / math.sqrt(_WIDTH), -1)
        x = x + weights @ seen
        return x + self.narrow(torch.nn.functional.gelu(self.widen(x)))  # type: ignore[no-any-return]


def _through(x: torch.Tensor, model: torch.nn.Sequential) -> torch.Tensor:
    """Run a model; compiled once for each, as PyTorch guards opaque modules by identity."""
    return model(x)  # type: ignore[no-any-return]


def _gradients(y: torch.Tensor, model: torch.nn.Module) -> tuple[torch.Tensor, ...]:
    """Return what a step of training would change the model's weights by."""
    return torch.autograd.grad(y.square().mean(), [*model.parameters()])


def _server(backend: str, tally: Tally) -> None:
    """One compiled model with five sets of weights: four threads infer, and one trains."""
    torch.manual_seed(0)
    models = [
        torch.nn.Sequential(*(_Layer(0.5 + 0.2 * number + 0.01 * at) for at in range(_LAYERS)))
        for number in range(_SERVING + 1)
    ]
    inputs = [torch.randn(4, _WIDTH) for _ in range(8)]
    *serving, training = models
    function = compiled(_through, backend)
    close = partial(torch.allclose, rtol=1e-3, atol=1e-4)

    def inferring(model: torch.nn.Sequential, own: Tally) -> None:
        with torch.no_grad():
            expected = [model(x) for x in inputs]
            for turn in range(_CALLS):
                x, right = inputs[turn % 8], expected[turn % 8]
                own.expect(True, lambda: close(function(x, model), right))  # noqa: B023

    def learning(own: Tally) -> None:
        x = inputs[0]
        right = _gradients(training(x), training)

        def step() -> bool:
            got = _gradients(function(x, training), training)
            return all(map(close, got, right))

        for _ in range(_CALLS // 4):
            own.expect(True, step)

    with config.patch(recompile_limit=4 * len(models)):
        with torch.no_grad():
            for model in serving:
                function(inputs[0], model)
        _gradients(function(inputs[0], training), training)
        together(*(partial(inferring, model) for model in serving), learning, tally=tally)


# --- one thread, several tasks ---------------------------------------------------------------


def _greenlets(backend: str, tally: Tally) -> None:
    """Two greenlets take turns while a graph of each runs."""
    greenlets = import_module("greenlet")
    function = compiled(two, backend)

    def switch() -> None:
        greenlets.getcurrent().parent.switch()

    def call(first: float, second: float) -> None:
        modules = Scale(first), Scale(second)
        function(ones(), *modules)
        modules[0].action = switch
        for _ in range(10):
            tally.expect(first * second, lambda: function(ones(), *modules))

    def take_turns() -> None:
        running = [greenlets.greenlet(call), greenlets.greenlet(call)]
        running[0].switch(2.0, 3.0)
        running[1].switch(5.0, 7.0)
        while not all(turn.dead for turn in running):
            for turn in running:
                turn.switch()  # one that is dead comes back at once

    # PyTorch's own state of a thread, such as whether gradients are on, knows of no greenlets.
    thread = threading.Thread(target=take_turns)
    thread.start()
    thread.join()


def _tasks(backend: str, tally: Tally) -> None:
    """Four tasks on one thread."""
    function = compiled(one, backend)

    async def task(factor: float) -> None:
        module = Scale(factor)
        for _ in range(20):
            tally.expect(factor, lambda: function(ones(), module))
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*map(task, (2.0, 3.0, 5.0, 7.0)))

    asyncio.run(main())


def _to_thread(backend: str, tally: Tally) -> None:
    """Calls that tasks have run on threads."""
    function = compiled(two, backend)
    modules = [pausing(factor, factor) for factor in (2.0, 3.0, 5.0)]
    for pair in modules:
        function(ones(), *pair)

    def call(pair: tuple[Scale, Scale]) -> None:
        calling(function, *pair, times=20)(tally)

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(call, pair) for pair in modules))

    with often_switching():
        asyncio.run(main())


SERVER: Final = Case(
    "a server: 12 layers, four threads infer and one trains",
    _server,
    ("aot_eager",),
)

CASES: Final = (
    SERVER,
    Case("two threads, one function", _two_threads),
    Case("eight threads, one function", _eight_threads),
    Case("two threads, two functions", _two_functions),
    Case("one thread compiles while another runs", _compiling_while_running),
    Case("a thread compiles something else while a graph runs", _unrelated_compile),
    Case("four threads compile and run functions of their own", _four_compile),
    Case("greenlets take turns inside graphs", _greenlets, impossible=NO_LEAF | _NO_GREENLETS),
    Case("asyncio tasks on one thread", _tasks),
    Case("asyncio.to_thread", _to_thread),
)
