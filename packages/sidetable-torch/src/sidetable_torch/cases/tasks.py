"""Greenlets and asyncio."""

from __future__ import annotations

import asyncio
import threading
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from .case import BACKENDS, NO_LEAF, Case
from .scaling import Scale, compiled, one, ones, two
from .tally import Tally
from .threads import calling, often_switching, pausing

_NO_GREENLETS: Final[dict[str, str]] = (
    {}
    if find_spec("greenlet")
    else dict.fromkeys(BACKENDS, "the package greenlet is not installed")
)


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
        while not all(turn.dead for turn in running):  # pragma: no branch  # switching hides it
            for turn in running:
                turn.switch()  # one that is dead comes back at once

    # PyTorch's own state of a thread, such as whether gradients are on, knows of no greenlets.
    thread = threading.Thread(target=take_turns)
    thread.start()
    thread.join()


def _tasks(backend: str, tally: Tally) -> None:
    """Four tasks on one thread."""
    function = compiled(one, backend)

    async def calling(factor: float) -> None:
        module = Scale(factor)
        for _ in range(20):
            tally.expect(factor, lambda: function(ones(), module))
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*map(calling, (2.0, 3.0, 5.0, 7.0)))

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


CASES: Final = (
    Case("greenlets take turns inside graphs", _greenlets, refused=NO_LEAF | _NO_GREENLETS),
    Case("asyncio tasks on one thread", _tasks),
    Case("asyncio.to_thread", _to_thread),
)
