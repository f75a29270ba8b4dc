"""How long things live: modules, streams and events, and what PyTorch keeps for a call."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable
from typing import Final

import torch
from torch._dynamo import graph_bytecode_inputs

from case import BACKENDS, NO_BACKEND, NO_LEAF, Case, Tally, never
from scaling import Compiled, Scale, compiled, looked_up, one, ones, two
from threads import Body, pause, together

_NO_ACCELERATOR: Final[dict[str, str]] = dict.fromkeys(BACKENDS, "it needs an accelerator")
_NO_FORK: Final = {} if hasattr(os, "fork") else dict.fromkeys(BACKENDS, "this system cannot fork")


def _dropped_meanwhile(backend: str, tally: Tally) -> None:
    """The caller drops the module while the graph runs."""
    function = compiled(two, backend)
    holder: list[Scale] = []

    def call() -> object:
        holder[:] = [Scale(2.0, holder.clear), Scale(3.0)]
        return function(ones(), *holder)

    for _ in range(3):
        tally.expect(6.0, call)


def _collected(backend: str, tally: Tally) -> None:
    """A module that the user drops is gone, after forward and after backward."""
    function = compiled(looked_up, backend)

    def is_gone(*, backward: bool) -> bool:
        x, module = ones(grad=True), Scale(2.0)
        y = function(x, module)
        if backward:
            torch.autograd.backward(y.sum())
        gone = weakref.ref(module)
        del x, y, module
        gc.collect()
        return gone() is None

    for backward in (False, True):
        tally.expect(True, lambda: is_gone(backward=backward))  # noqa: B023


def _collected_with_its_loss(backend: str, tally: Tally) -> None:
    """A module that the user drops is gone, though it keeps its loss."""

    def is_gone(function: Compiled, *, backward: bool) -> bool:
        x, module = ones(grad=True), Scale(2.0)
        # Summed by PyTorch itself: the collector cannot see through the node of that.
        module.loss = function(x, module).sum()
        if backward:
            torch.autograd.backward(module.loss)
        gone = weakref.ref(module)
        del x, module
        gc.collect()
        return gone() is None

    for function in (compiled(one, backend), compiled(looked_up, backend)):
        for backward in (False, True):
            tally.expect(True, lambda: is_gone(function, backward=backward))  # noqa: B023


def _by_hand(_backend: str, tally: Tally) -> None:
    """The names of PyTorch's module, called by hand."""
    names = graph_bytecode_inputs
    names.reset_user_object_tracking()
    first, second = Scale(2.0), Scale(3.0)
    names.store_user_object_weakrefs(first, second)
    table = names.index_to_external_object_weakref
    tally.expect(True, lambda: names.get_external_object_by_index(1) is second)
    tally.expect(True, lambda: 1 in table and 2 not in table)
    tally.expect(True, lambda: table[0]() is first and table.get(2) is None)
    tally.expect([0, 1], lambda: list(table))
    if hasattr(names, "set_external_object_by_index"):  # since torch 2.12
        names.set_external_object_by_index(1, first)
        tally.expect(True, lambda: names.get_external_object_by_index(1) is first)
    names.reset_user_object_tracking()
    tally.expect(0, lambda: len(table) + len(names.keep_alive))


def _dead(_backend: str, tally: Tally) -> None:
    """An object that died is told apart from an index that was never bound."""
    names = graph_bytecode_inputs
    names.store_user_object_weakrefs(Scale(2.0))
    for index, text in ((0, "no longer alive"), (1, "not registered")):
        tally.expect_error(
            AssertionError,
            lambda: names.get_external_object_by_index(index),  # noqa: B023  # called at once
            text,
        )
    names.reset_user_object_tracking()


def _in_child(body: Callable[[], bool]) -> bool:
    """Return what a body returned in a forked process."""
    child = os.fork()
    if not child:
        os._exit(0 if body() else 1)
    return os.waitpid(child, 0)[1] == 0


def _fork(backend: str, tally: Tally) -> None:
    """A forked process calls the compiled function, before and in the middle of a call."""
    function, module = compiled(one, backend), Scale(2.0)

    def is_right() -> bool:
        return bool((function(ones(), module) == module.factor).all())

    is_right()
    tally.expect(True, lambda: _in_child(is_right))
    outer = compiled(two, backend)

    def action() -> None:
        tally.expect(True, lambda: _in_child(is_right))

    tally.expect(6.0, lambda: outer(ones(), Scale(2.0, action), Scale(3.0)))


# --- streams and events, which do nothing without an accelerator ---------------------------
# They are the CPU's, as a CUDA build without a driver can make none of its own device's.


@torch.library.custom_op("sidetable_cases::pause", mutates_args=())
def _paused(x: torch.Tensor) -> torch.Tensor:
    """Let another thread run in the middle of a graph."""
    pause()
    return x.clone()


@_paused.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)


def _made_first(x: torch.Tensor) -> tuple[torch.Tensor, torch.Stream]:
    stream = torch.Stream(stream_id=1, device_index=0, device_type=0)
    return _paused(x), stream


def _made_second(x: torch.Tensor) -> tuple[torch.Tensor, torch.Stream]:
    stream = torch.Stream(stream_id=2, device_index=0, device_type=0)
    return _paused(x), stream


def _made(x: torch.Tensor) -> tuple[torch.Tensor, torch.Stream]:
    stream = torch.Stream(device="cpu")
    return x + 1, stream


def _given(x: torch.Tensor, stream: torch.Stream) -> tuple[torch.Tensor, torch.Stream]:
    return x + 1, stream


def _event_passed(x: torch.Tensor, event: torch.Event) -> tuple[torch.Tensor, torch.Event]:
    return x + 1, event


def _stream_made(backend: str, tally: Tally) -> None:
    function = compiled(_made, backend)
    kind: type = torch.Stream
    for _ in range(3):
        tally.expect(True, lambda: type(function(ones())[1]) is kind)


def _stream_given(backend: str, tally: Tally) -> None:
    function = compiled(_given, backend)
    streams = [torch.Stream(device="cpu") for _ in range(3)]
    for stream in streams:
        tally.expect(True, lambda: function(ones(), stream)[1] is stream)  # noqa: B023


def _event_given(backend: str, tally: Tally) -> None:
    function = compiled(_event_passed, backend)
    for event in (torch.Event(), torch.Event()):
        tally.expect(True, lambda: function(ones(), event)[1] is event)  # noqa: B023


def _own_streams(backend: str, tally: Tally) -> None:
    """Two threads call functions that make a stream: each gets back the one that it made."""

    def calling(make: Callable[..., tuple[torch.Tensor, torch.Stream]], number: int) -> Body:
        function = compiled(make, backend)
        function(ones())

        def body(own: Tally) -> None:
            for _ in range(40):
                own.expect(number, lambda: function(ones())[1].stream_id)

        return body

    together(calling(_made_first, 1), calling(_made_second, 2), tally=tally)


def _kept_alive(backend: str, tally: Tally) -> None:
    """What PyTorch keeps alive does not grow with the number of calls."""
    function = compiled(_made, backend)
    for _ in range(10):
        function(ones())

    def grown() -> int:
        before = len(graph_bytecode_inputs.keep_alive)
        for _ in range(200):
            function(ones())
        return len(graph_bytecode_inputs.keep_alive) - before

    tally.expect(0, grown)


CASES: Final = (
    Case("the module is dropped while the graph runs", _dropped_meanwhile),
    Case("modules can be collected when the user drops them", _collected),
    Case("modules that keep their loss can be collected", _collected_with_its_loss),
    Case("PyTorch's names called by hand", _by_hand, (NO_BACKEND,)),
    Case("lookups of what died and of what never was", _dead, (NO_BACKEND,)),
    Case("a forked process", _fork, impossible=NO_LEAF | _NO_FORK),
    Case("a stream is made in the graph and returned", _stream_made, impossible={}),
    Case("a stream is passed in and returned", _stream_given, impossible={}),
    Case("an event is passed in and returned", _event_given, impossible={}),
    Case("two threads each make streams in the graph", _own_streams, impossible={}),
    Case("what is kept alive does not grow", _kept_alive, impossible={}),
    Case("the current stream", never, impossible=_NO_ACCELERATOR),
)
