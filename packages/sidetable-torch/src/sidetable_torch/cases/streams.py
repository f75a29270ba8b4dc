"""Streams and events: what PyTorch made its table for. Without an accelerator they do nothing."""

from __future__ import annotations

from typing import Final

import torch
from torch._dynamo import graph_bytecode_inputs

from .case import BACKENDS, Case, never
from .scaling import compiled, ones
from .tally import Tally
from .threads import at_once, pause

_NO_ACCELERATOR: Final[dict[str, str]] = dict.fromkeys(BACKENDS, "it needs an accelerator")


@torch.library.custom_op("sidetable_cases::pause", mutates_args=())
def _paused(x: torch.Tensor) -> torch.Tensor:
    """Lets another thread run in the middle of a graph."""
    pause()
    return x.clone()


@_paused.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)


def _made_with_a_pause(
    x: torch.Tensor,
) -> tuple[torch.Tensor, torch.Stream]:  # pragma: no cover  # compiled
    stream = torch.Stream()
    return _paused(x), stream


def _made(x: torch.Tensor) -> tuple[torch.Tensor, torch.Stream]:  # pragma: no cover  # compiled
    stream = torch.Stream()
    return x + 1, stream


def _given(
    x: torch.Tensor, stream: torch.Stream
) -> tuple[torch.Tensor, torch.Stream]:  # pragma: no cover  # compiled
    return x + 1, stream


def _event_passed(
    x: torch.Tensor, event: torch.Event
) -> tuple[torch.Tensor, torch.Event]:  # pragma: no cover  # compiled
    return x + 1, event


def _stream_made(backend: str, tally: Tally) -> None:
    function = compiled(_made, backend)
    kind: type = torch.Stream
    for _ in range(3):
        tally.expect(True, lambda: type(function(ones())[1]) is kind)


def _stream_given(backend: str, tally: Tally) -> None:
    function = compiled(_given, backend)
    streams = [torch.Stream() for _ in range(3)]
    for stream in streams:
        tally.expect(True, lambda: function(ones(), stream)[1] is stream)  # noqa: B023


def _event_given(backend: str, tally: Tally) -> None:
    function = compiled(_event_passed, backend)
    for event in (torch.Event(), torch.Event()):
        tally.expect(True, lambda: function(ones(), event)[1] is event)  # noqa: B023


def _own_streams(backend: str, tally: Tally) -> None:
    """Two threads call a function that makes a stream and returns it: each gets another one."""
    function = compiled(_made_with_a_pause, backend)
    function(ones())
    made: list[torch.Stream] = []

    def body(own: Tally) -> None:
        for _ in range(40):
            own.expect(None, lambda: made.append(function(ones())[1]))

    at_once(body, body, tally=tally)
    # Each call makes one, so one that came out twice came out of another thread's call.
    tally.wrong += len(made) - len(set(map(id, made)))


def _kept_alive(backend: str, tally: Tally, *, calls: int = 200) -> None:
    """What PyTorch keeps alive does not grow with the number of calls."""
    function = compiled(_made, backend)
    for _ in range(10):
        function(ones())

    def grown() -> int:
        before = len(graph_bytecode_inputs.keep_alive)
        for _ in range(calls):
            function(ones())
        return len(graph_bytecode_inputs.keep_alive) - before

    tally.expect(0, grown)


def _kept_alive_long(backend: str, tally: Tally) -> None:  # pragma: no cover  # by the report
    _kept_alive(backend, tally, calls=100_000)


CASES: Final = (
    Case("a stream is made in the graph and returned", _stream_made, refused={}),
    Case("a stream is passed in and returned", _stream_given, refused={}),
    Case("an event is passed in and returned", _event_given, refused={}),
    Case("two threads each make streams in the graph", _own_streams, refused={}),
    Case("what is kept alive does not grow", _kept_alive, refused={}),
    Case("the current stream", never, refused=_NO_ACCELERATOR),
)

LONG_CASES: Final = (
    Case("100,000 calls keep as much alive as ten", _kept_alive_long, ("eager",), {}),
)
"""What takes a while, and shows the same as a shorter one."""
