"""What is dropped, what dies, what a forked process has, and the names called by hand."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable
from typing import Final

import torch
from torch._dynamo import graph_bytecode_inputs

from .case import BACKENDS, NO_BACKEND, NO_LEAF, Case
from .scaling import Scale, compiled, looked_up, one, ones, two
from .tally import Tally

_NO_FORK: Final = {} if hasattr(os, "fork") else dict.fromkeys(BACKENDS, "this system can not fork")


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
    """Returns what a body returned in a forked process."""
    child = os.fork()
    if not child:  # pragma: no cover  # a forked process does not measure
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


CASES: Final = (
    Case("the module is dropped while the graph runs", _dropped_meanwhile),
    Case("modules can be collected when the user drops them", _collected),
    Case("PyTorch's names called by hand", _by_hand, (NO_BACKEND,)),
    Case("lookups of what died and of what never was", _dead, (NO_BACKEND,)),
    Case("a forked process", _fork, refused=NO_LEAF | _NO_FORK),
)
